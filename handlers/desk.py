"""Support's desk beside the life of one request: variants, duplicates, outages, templates."""

from handlers.duplicates import Duplicates
from handlers.offers import Offers
from handlers.outages import Outages
from handlers.requests import Requests
from handlers.templates import Templates


class Desk:
    """The use cases by name; none keeps any state."""

    def __init__(self, requests: Requests) -> None:
        self.requests = requests
        self.offers = Offers(requests)
        self.duplicates = Duplicates(requests)
        self.outages = Outages(requests, self.duplicates)
        self.templates = Templates(requests.people)
