"""What other programs ask of us: `/api/v1`, its description in OpenAPI, and that description as a page."""
