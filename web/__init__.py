"""The browser and other programs: health, metrics, the callback form, settings, the API."""
