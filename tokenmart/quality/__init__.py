"""The data-quality checks: what must hold, how it is run, what is said about it."""

import os

# Great Expectations reads this when it is imported: no check of a user's data calls anyone.
os.environ["GX_ANALYTICS_ENABLED"] = "false"
