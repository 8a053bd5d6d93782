"""A connections file of one connection whose two systems answer where it says, and what their keys are called there."""

CONFIG = """\
[[connection]]
id = "acme"
[connection.systems.connectwise_psa]
base_url = "{psa}"
company = "demo"
keys = {{ public_key = "env:CW_PUBLIC", private_key = "env:CW_PRIVATE", client_id = "env:CW_CLIENT_ID" }}
[connection.systems.eautomate]
base_url = "{eautomate}"
company = "1"
keys = {{ user = "env:EA_USER", password = "env:EA_PASSWORD" }}
[connection.flows.eautomate_customers]
create_missing = true
"""
KEYS = {
    "CW_PUBLIC": "public",
    "CW_PRIVATE": "private",
    "CW_CLIENT_ID": "0a4a7d3c-5f0e-4f1b-9d1c-2f6f3c1b7a90",
    "EA_USER": "demo",
    "EA_PASSWORD": "demo",
}
