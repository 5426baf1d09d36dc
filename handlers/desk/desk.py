"""Support's desk beside the life of one request: variants, duplicates, outages, templates."""

from handlers.desk.duplicates import Duplicates
from handlers.desk.offers import Offers
from handlers.desk.outages import Outages
from handlers.desk.requests import Requests
from handlers.desk.templates import Templates


class Desk:
    """The use cases by name; none keeps any state."""

    def __init__(self, requests: Requests) -> None:
        self.requests = requests
        self.offers = Offers(requests)
        self.duplicates = Duplicates(requests)
        self.outages = Outages(requests, self.duplicates)
        self.templates = Templates(requests.people)
