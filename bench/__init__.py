"""How fast the console is: measurements, each a ratio to something that runs beside it (`docs/performance.md`)."""
