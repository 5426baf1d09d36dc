"""Stand-ins for a Bitrix24 portal, the Telegram Bot API and a Fidelio hotel, faithful to the public documents."""
