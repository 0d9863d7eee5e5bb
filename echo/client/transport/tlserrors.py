"""
Why TLS failed, in words: certificate errors and OpenSSL's errors.
"""

from OpenSSL import SSL

from echo.opensslerrors import opensslReasons

_Codes = SSL.X509VerificationCodes

_CERTIFICATE_ERRORS = {
    _Codes.ERR_CERT_HAS_EXPIRED: "it has expired",
    _Codes.ERR_CERT_NOT_YET_VALID: "it is not valid yet",
    _Codes.ERR_DEPTH_ZERO_SELF_SIGNED_CERT: "it is self-signed",
    _Codes.ERR_SELF_SIGNED_CERT_IN_CHAIN: (
        "a self-signed certificate in its chain is not trusted"
    ),
    _Codes.ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its issuer is not trusted",
    _Codes.ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its issuer is not trusted",
}
_NAMES = {
    code: name.removeprefix("ERR_").replace("_", " ").lower()
    for name, code in vars(_Codes).items()
    if name.startswith("ERR_")
}
_NOT_TLS = frozenset({"wrong version number", "packet length too long"})

#: The hint for a server that does not seem to speak TLS.
TRY_WS = "is it ws://?"


def certificateErrorText(code: int) -> str:
    """
    @param code: One of OpenSSL's verification codes. Rare ones get OpenSSL's own name.
    """
    return _CERTIFICATE_ERRORS.get(code) or _NAMES.get(code, str(code))


def errorText(error: SSL.Error) -> str:
    text = "; ".join(dict.fromkeys(opensslReasons(error)))
    if isNotTLS(error):
        return f"the server does not speak TLS here ({text})"
    return text or "TLS failed"


def isNotTLS(error: SSL.Error) -> bool:
    return not _NOT_TLS.isdisjoint(opensslReasons(error))
