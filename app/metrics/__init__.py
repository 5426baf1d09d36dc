"""What Prometheus is told: counted where it happens (:mod:`process`), or read from the tables when asked (:mod:`tables`).

Portals are told apart only where there are few: everything is exported in sum, and the worst by name.
"""

from app.metrics.metrics import Metrics

__all__ = ["Metrics"]
