# Installing the app into a portal, and the keys of what is sealed

error-secret-keys-missing = There is no encryption key: set [service] secret_keys in concierge.toml (see docs/installation.md).
error-secret-unreadable = A sealed value can't be read: another key, or a changed row. Put the former key back into [service] secret_keys.
reason-secret = a token or password can't be unsealed: the key in [service] secret_keys is another one or missing
error-bitrix-not-installed = The app isn't installed in this portal.
error-bitrix-grant-dead = The portal accepts our tokens no more: an administrator has to install the app again, the data stays.
error-bitrix-client-refused = The authorisation server refuses client_id and client_secret: check them in [bitrix24].
error-bitrix-payment-required = The portal's subscription has ended: once its administrator renews it, the service connects by itself.
error-bitrix-auth-unavailable = The authorisation server of Bitrix24 doesn't answer.
error-bitrix-auth-server = We don't trust this authorisation server: see [bitrix24] oauth_servers.
error-bitrix-move-unproven = The portal sends us to another address which the authorisation server doesn't confirm: trying later.
error-install-forged = The installation could not be confirmed at the authorisation server of Bitrix24.
error-install-unreadable = The installation request can't be read.
error-install-no-app = The app isn't configured: set [bitrix24] client_id and client_secret.
error-install-unknown = This portal isn't installed here.
app-tab-title = Guest
install-title = Installing Concierge
install-working = Concierge is connecting to the portal: the bot, events, tabs in the CRM. It takes a few seconds.
install-ready = Done. This window closes by itself.
install-script = The installation needs JavaScript.
install-refused = The installation failed: { $reason }
install-again = Close this window and install the app again. If that doesn't help, write to whoever looks after it.
remedy-app-public-url = Set [service] public_url: the address (https) where portals find the service. Without it there are no events and tabs; the bot works.
remedy-app-portal = If it doesn't pass by itself, an administrator has to install the app again: the data stays (docs/installation.md).
remedy-app-scopes = Give the app the rights { $scopes } and install it again (docs/installation.md).
remedy-app-not-finished = The installation was not finished in the portal: an administrator has to open the app and wait for "Done".
error-app-no-public-url = [service] public_url is not set: there will be no events and no tabs in the CRM.
