# Файлы обращений: ссылки, удаление, хранилище.

file-by-link = Файл «{ $name }» слишком велик для этого мессенджера. Ссылка действует { $hours } ч.
button-file-link = Скачать
file-erased = файл удалён
file-page-wrong = Такой ссылки нет. Попросите новую.
file-page-over = Ссылка больше не действует. Попросите новую.
file-page-away = Хранилище файлов сейчас недоступно. Попробуйте через несколько минут.
error-file-link-wrong = Такой ссылки на файл нет.
error-file-link-over = Срок ссылки на файл вышел, или файла больше нет.
error-files-refused = Хранилище файлов не пускает: проверьте [files] access_key, secret_key и права на bucket.
error-files-bucket = В хранилище нет такого bucket: создайте его или исправьте [files] bucket.
remedy-files = Проверьте [files]: endpoint, bucket, ключи и их права (читать, писать, удалять, перечислять).
