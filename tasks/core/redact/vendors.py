"""Tokens that carry their maker's mark: recognised wherever they stand.

A new one is one line of `VENDORS`: its name, how it begins, and the rest.
"""

from __future__ import annotations

#: A token begins here: no letter or digit before it, unless that ends an
#: escape (``%3D``, ``\n``, ``\u0022``) or a colour.
START = (
    r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrtb])"
    r"|(?<=\\u00[0-9A-Fa-f]{2})|(?<=[0-9\[]m))"
)

#: Name, beginning, and the rest, as expressions that `re` and hyperscan share.
#: The beginning and `MARK` characters of the rest are what is looked for first.
VENDORS: tuple[tuple[str, str, str], ...] = (
    ("aws-access-key", r"(?:AKIA|ASIA|ABIA|ACCA)", r"[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("google-api-key", r"AIza", r"[\w-]{30,}"),
    ("google-oauth", r"ya29\.", r"[\w.-]{20,}"),
    ("google-oauth", r"GOCSPX-", r"[\w-]{20,}"),
    ("google-refresh", r"1//0", r"[\w-]{30,}"),
    ("azure-client-secret", r"[\w~.-]{3}[78]Q~", r"[\w~.-]{31,}"),
    ("github-token", r"gh[pousr]_", r"[A-Za-z0-9]{30,}"),
    ("github-token", r"github_pat_", r"\w{30,}"),
    ("gitlab-token", r"gl(?:pat|dt|rt|ptt|cbt|soat|ft|imt|agent|oas|ffct|rtr)-", r"[\w.=-]{16,}"),
    ("gitlab-token", r"GR1348941", r"[\w-]{16,}"),
    ("slack-token", r"xox[a-z]-", r"[\w.-]{10,}"),
    ("slack-token", r"xapp-", r"[\w-]{20,}"),
    ("slack-token", r"xoxe\.", r"[\w.-]{20,}"),
    ("stripe-key", r"[srp]k_(?:live|test|prod)_", r"[A-Za-z0-9]{10,}"),
    ("stripe-webhook", r"whsec_", r"[A-Za-z0-9+/=]{20,}"),
    ("openai-key", r"sk-(?:proj|svcacct|admin|None|or-v1)-", r"[\w-]{20,}"),
    ("openai-key", r"sk-", r"[A-Za-z0-9]{32,}"),
    ("anthropic-key", r"sk-ant-", r"[\w-]{20,}"),
    ("npm-token", r"npm_", r"[A-Za-z0-9]{36,}"),
    ("pypi-token", r"pypi-Ag", r"[\w-]{50,}"),
    ("rubygems-key", r"rubygems_", r"[0-9a-f]{40,}"),
    ("docker-token", r"dckr_(?:pat|oat)_", r"[\w-]{20,}"),
    ("sendgrid-key", r"SG\.", r"[\w-]{16,32}\.[\w-]{16,64}"),
    ("twilio-key", r"(?:SK|AC)[0-9a-f]{3}", r"[0-9a-f]{29}(?![0-9A-Za-z])"),
    ("mailgun-key", r"key-", r"[0-9a-f]{32}(?![0-9A-Za-z])"),
    ("telegram-token", r"\d{8,10}:AA", r"[\w-]{32,}"),
    ("discord-token", r"[MNO][A-Za-z0-9]{23,27}\.[\w-]{6}\.", r"[\w-]{27,}"),
    ("digitalocean-token", r"do[opr]_v1_", r"[0-9a-f]{40,}"),
    ("vault-token", r"hv[sbr]\.", r"[\w-]{20,}"),
    ("grafana-token", r"gl(?:sa|c)_", r"[\w+/=]{20,}"),
    ("huggingface-token", r"(?:hf_|api_org_)", r"[A-Za-z]{30,}"),
    ("databricks-token", r"dapi", r"[0-9a-f]{32}(?:-\d)?"),
    ("shopify-token", r"shp(?:at|ca|pa|ss)_", r"[0-9a-fA-F]{32,}"),
    ("linear-key", r"lin_(?:api|oauth)_", r"[A-Za-z0-9]{30,}"),
    ("postman-key", r"PMAK-", r"[0-9a-f]{24}-[0-9a-f]{30,}"),
    ("sentry-token", r"sntry[su]_", r"[\w+/=.-]{20,}"),
    ("doppler-token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.", r"[\w.-]{30,}"),
    ("newrelic-key", r"NR(?:AK|II|JS|RA|IQ|SP)-", r"[\w-]{18,}"),
    ("heroku-key", r"HRKU-", r"[\w-]{30,}"),
    ("supabase-token", r"sb(?:p|_secret|_publishable)_", r"[\w]{20,}"),
    ("planetscale-token", r"pscale_(?:tkn|pw|oauth)_", r"[\w=.-]{30,}"),
    ("atlassian-token", r"AT(?:ATT|CTT|BB)[A-Za-z0-9]", r"[\w=-]{20,}"),
    ("pulumi-token", r"pul-", r"[0-9a-f]{40}"),
    ("age-key", r"AGE-SECRET-KEY-1", r"[0-9A-Z]{50,}"),
)  # fmt: skip
