# Files of requests: links, erasure, the store.

file-by-link = The file “{ $name }” is too large for this messenger. The link is good for { $hours } h.
button-file-link = Download
file-erased = file erased
file-page-wrong = There is no such link. Ask for a new one.
file-page-over = This link is no longer good. Ask for a new one.
file-page-away = The file store can't be reached now. Try again in a few minutes.
error-file-link-wrong = There is no such link to a file.
error-file-link-over = The link has expired, or the file is gone.
error-files-refused = The file store turns us away: check [files] access_key, secret_key and the rights on the bucket.
error-files-bucket = The store has no such bucket: make it, or correct [files] bucket.
remedy-files = Check [files]: endpoint, bucket, the keys and their rights (read, write, delete, list).
