"""Asks an issuer of OpenID Connect who somebody is.

Authlib prepares the requests and checks the claims, joserfc the signatures, and `providers.wire` carries the
requests. Both libraries cost 10 MB, so only a host who has set an issuer loads `webchat.openid.issuer`.
"""
