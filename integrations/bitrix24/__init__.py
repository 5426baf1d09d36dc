"""Bitrix24: the only place that knows its REST calls, its events, its limits and its quirks."""
