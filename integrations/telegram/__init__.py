"""The mirror in Telegram. aiogram (2.4 s, 126 MB) is imported only here; wiring imports these modules only when a
token is set.
"""
