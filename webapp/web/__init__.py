"""What every page shares: htmx, cookies, origins, headers, assets, error pages, reports, logs."""
