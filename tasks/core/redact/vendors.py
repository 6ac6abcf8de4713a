"""Tokens that carry their maker's mark: recognised wherever they stand.

A new one is one line of `VENDORS`: its name, how it begins, and the rest.
"""

from __future__ import annotations

import re

from .shape import Shape

#: A token begins here: no letter or digit before it, unless that ends an
#: escape (``%3D``, ``\n``, ``\u0022``) or a colour.
START = (
    r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrtb])"
    r"|(?<=\\u00[0-9A-Fa-f]{2})|(?<=[0-9\[]m))"
)

# ruff: noqa: E501 - a table reads best with one line for each row

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
    ("gitlab-token", r"gl(?:pat|dt|rt|ptt|cbt|soat|ft|imt|agent|oas|ffct)-", r"[\w.=-]{16,}"),
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
    ("netlify-token", r"nfp_", r"[A-Za-z0-9]{30,}"),
    ("airtable-token", r"pat[A-Za-z0-9]{14}\.", r"[0-9a-f]{60,}"),
    ("notion-token", r"ntn_", r"[A-Za-z0-9]{40,}"),
    ("notion-token", r"secret_", r"[A-Za-z0-9]{43}(?![A-Za-z0-9])"),
    ("figma-token", r"fig[dor]_", r"[\w-]{30,}"),
    ("dropbox-token", r"sl\.", r"[\w-]{100,}"),
    ("square-token", r"sq0[a-z]{3}-", r"[\w-]{20,}"),
    ("braintree-token", r"access_token\$(?:production|sandbox)\$", r"[0-9a-z]{16}\$[0-9a-f]{32}"),
    ("circleci-token", r"CCI(?:PAT|PRJ)_", r"\w{30,}"),
    ("buildkite-token", r"bk(?:ua|ct|aj)_", r"[0-9a-f]{32,}"),
    ("replicate-token", r"r8_", r"[A-Za-z0-9]{30,}"),
    ("groq-key", r"gsk_", r"[A-Za-z0-9]{40,}"),
    ("perplexity-key", r"pplx-", r"[A-Za-z0-9]{40,}"),
    ("xai-key", r"xai-", r"[A-Za-z0-9]{60,}"),
    ("terraform-token", r"[A-Za-z0-9]{14}\.atlasv1\.", r"[\w-]{60,}"),
    ("facebook-token", r"EAA[A-Z]", r"[A-Za-z0-9]{60,}"),
    ("artifactory-key", r"AKCp\d", r"[A-Za-z0-9]{50,}"),
    ("artifactory-token", r"cmVmdGtu", r"[A-Za-z0-9]{40,}"),
    ("clojars-token", r"CLOJARS_", r"[0-9a-f]{50,}"),
    ("crates-token", r"cio", r"[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
    ("contentful-token", r"CFPAT-", r"[\w-]{40,}"),
    ("prefect-key", r"pn[ub]_", r"[A-Za-z0-9]{30,}"),
    ("readme-key", r"rdme_", r"[A-Za-z0-9]{60,}"),
    ("sourcegraph-token", r"sg[pd]_", r"[0-9a-f_]{38,}"),
    ("tailscale-key", r"tskey-[a-z]{3,8}-", r"[\w-]{20,}"),
    ("brevo-key", r"x(?:keys|smtps)ib-", r"[0-9a-f]{60,}-[A-Za-z0-9]{10,}"),
    ("langfuse-key", r"[sp]k-lf-", r"[0-9a-f]{8}-[0-9a-f-]{27}"),
    ("shippo-key", r"shippo_(?:live|test)_", r"[0-9a-f]{40}"),
    ("razorpay-key", r"rzp_(?:live|test)_", r"[A-Za-z0-9]{14,}"),
    ("flutterwave-key", r"FLW(?:SECK|PUBK)(?:_TEST)?-", r"[0-9A-Za-z]{12,}-X"),
    ("typeform-token", r"tfp_", r"[\w=-]{40,}"),
    ("mapbox-token", r"[sp]k\.eyJ", r"[\w-]{40,}\.[\w-]{20,}"),
    ("cloudflare-key", r"v1\.0-", r"[0-9a-f]{24}-[0-9a-f]{100,}"),
    ("fly-token", r"fm[12]_", r"[A-Za-z0-9+/=]{60,}"),
    ("firebase-key", r"AAAA[\w-]{7}:", r"[\w-]{120,}"),
    ("grafana-key", r"eyJrIjoi", r"[A-Za-z0-9]{40,}={0,2}"),
    ("fernet-token", r"gAAAAA", r"[\w-]{60,}={0,2}"),
    ("twitter-token", r"AAAAAAAAAAAAAAAAAAAAA", r"[\w%]{60,}"),
    ("flask-session", r"\.eJ", r"[\w-]{20,}\.[\w-]{6,7}\.[\w-]{27,}"),
    ("resend-key", r"re_", r"[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}"),
    ("launchdarkly-key", r"(?:sdk|mob)-", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f-]{17}(?![\w-])"),
    ("duffel-token", r"duffel_(?:test|live)_", r"[\w-]{40,}"),
    ("easypost-key", r"EZ[AT]K", r"[A-Za-z0-9]{54}"),
    ("frameio-token", r"fio-u-", r"[\w-]{60,}"),
    ("adafruit-key", r"aio_", r"[A-Za-z0-9]{28}(?![A-Za-z0-9])"),
    ("okta-token", r"SSWS ", r"[\w-]{30,}"),
    ("alibaba-key", r"LTAI", r"[A-Za-z0-9]{17,21}(?![A-Za-z0-9])"),
    ("tencent-key", r"AKID", r"[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
    ("swarm-token", r"SWMTKN-1-", r"[0-9a-z]{40,}-[0-9a-z]{20,}"),
    ("yandex-key", r"(?:AQVN|t1\.)", r"[\w-]{35,}"),
)  # fmt: skip


def vendor(name: str, beginning: str, rest: str) -> Shape:
    """Return the shape of one line of `VENDORS`."""
    loose = START if beginning[:1].islower() or len(beginning) < 5 else ""
    return Shape(
        name=name,
        meaning=name.replace("-", " "),
        trigger=beginning + _head(rest),
        pattern=loose + beginning + rest,
    )


def _head(rest: str) -> str:
    """Return the first class of ``rest`` with its least count, at most 16."""
    match = re.match(r"(\[[^\]]+\]|\\w)\{(\d+)", rest)
    if match is None:
        raise ValueError(f"the rest must begin with a counted class: {rest}")
    return f"{match[1]}{{{min(int(match[2]), 16)}}}"


TOKENS: tuple[Shape, ...] = tuple(vendor(*one) for one in VENDORS)
