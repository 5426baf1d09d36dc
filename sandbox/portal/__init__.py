"""A stand-in Bitrix24 portal: one process, the documented REST shapes, and people one can play."""
