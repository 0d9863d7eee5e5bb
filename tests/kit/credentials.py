"""
Credentials as Hypothesis makes them, and names of parameters with and without one.
"""

import base64
from urllib.parse import quote

from hypothesis import strategies as st

#: Texts that do not occur elsewhere by chance.
SECRETS = st.text(min_size=1).map(lambda each: f"zQ{each}Qz")
#: The same, percent-encoded.
QUOTED = SECRETS.map(lambda each: quote(each, safe=""))

#: Names of parameters with a credential.
NAMES = st.sampled_from(
    [
        "token",
        "access_token",
        "accessToken",
        "id_token",
        "refresh-token",
        "oauth_token",
        "X-Amz-Security-Token",
        "X-Amz-Credential",
        "X-Amz-Signature",
        "TOKEN",
        "api_key",
        "apikey",
        "key",
        "authKey",
        "secretKey",
        "commonkey",
        "author_key",
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "pwd",
        "pw",
        "secret",
        "client_secret",
        "auth",
        "authorization",
        "authorisation",
        "bearer",
        "dpop",
        "session",
        "sessionid",
        "JSESSIONID",
        "PHPSESSID",
        "sid",
        "user_sid",
        "sig",
        "sign",
        "signInfo",
        "codesign",
        "asSignature",
        "signature",
        "ticket",
        "otp",
        "totp",
        "jwt",
        "xsrf",
        "X-CSRF-Token",
        "assertion",
        "credential",
        "credentials",
        "max_tokens_secret",
        "resetTokens",
        "filter[token]",
        "token%26",
        "%74oken",
        "access%5Ftoken",
    ]
)

#: Names of parameters without a credential, which contain such a word.
HARMLESS = [
    "author",
    "post_author",
    "authority",
    "keyword",
    "keywords",
    "keyboard",
    "monkey",
    "passenger",
    "passive",
    "design",
    "designer",
    "assign",
    "assignee",
    "insight",
    "signal",
    "significance",
    "sign-in",
    "sign_in_page",
    "signInUrl",
    "signup",
    "secretary",
    "max-tokens",
    "max_tokens",
    "maxTokens",
]


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


_HEADERS = st.sampled_from(['{"alg":"HS256"}', '{"typ":"JWT"}', '{"alg":"dir"}'])
_PARTS = st.binary(max_size=40).map(_encoded)
#: JSON Web Tokens: signed or encrypted.
JWTS = st.builds(
    lambda header, parts: ".".join([_encoded(header.encode()), *parts]),
    _HEADERS,
    st.lists(_PARTS, min_size=2, max_size=2) | st.lists(_PARTS, min_size=4, max_size=4),
)
