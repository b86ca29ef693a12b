"""The types that services and pages share; layouts import nothing else of the services."""
