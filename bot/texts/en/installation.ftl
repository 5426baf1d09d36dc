# Installing the app into a portal, and the keys of what is sealed

error-secret-keys-missing = There is no encryption key: set [service] secret_keys in concierge.toml (see docs/installation.md).
error-secret-unreadable = A sealed value can't be read: another key, or a changed row. Put the former key back into [service] secret_keys.
reason-secret = a token or password can't be unsealed: the key in [service] secret_keys is another one or missing
