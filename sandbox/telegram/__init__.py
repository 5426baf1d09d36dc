"""A stand-in Telegram Bot API: the public documents' answers and refusals, people and forums made of memory."""
