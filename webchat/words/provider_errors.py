"""What happened and what to do about it, for the errors of providers.

The details (HTTP status, the service's own words, whether text is saved) are added between the two.
"""

_ANOTHER_MODEL = "Try again, or choose another model."
_MORE_TIME = (
    "To allow more time, increase “{}” in the provider's settings, or WEBCHAT_{}_TIMEOUT for all providers."
)

INVALID_CONNECTION = {
    "invalid_connection.url": "the address is not a valid URL: {detail}",
    "invalid_connection.form": "the address must look like https://api.example.org/v1",
    "invalid_connection.one_address": "there must be exactly one address",
    "invalid_connection.fragment": "the address must not contain #",
    "invalid_connection.key": "the address contains a key; enter the key in its own field",
    "invalid_connection.key_characters": "the API key contains characters that are not allowed in a key",
}
"""What is wrong with an address or a key, as the end of a sentence."""

HAPPENED = {
    "provider_error": "{provider} could not answer",
    "provider_error.unexpected": "{provider} failed unexpectedly ({exception})",
    "provider_error.end_not_saved": "How {provider}'s answer ended could not be saved",
    "provider_error.unusable": "{cause:message}",
    "bad_configuration": "{provider} is not set up correctly",
    "bad_configuration.invalid": "{provider} is not set up correctly: {cause:happened}",
    "bad_configuration.removed": "There is no longer a provider named “{provider}”",
    "bad_configuration.off": "{provider} is turned off",
    "bad_configuration.several_addresses": "{provider} has several addresses but supports only one",
    "bad_configuration.no_mirrors": "{provider} has no mirrors",
    "bad_configuration.site": "The address of {provider} must look like https://chat.example.org",
    "bad_configuration.scheme": "The address of {provider} must begin with http:// or https://",
    "bad_configuration.address_or_header": "{provider} has an invalid address or header",
    "bad_configuration.proxy": "The proxy of {provider} must be an http://, https:// or socks5:// address",
    "bad_configuration.kind": "There is no provider kind named “{provider}”. Known kinds: {kinds}",
    "bad_configuration.settings": "{provider} cannot be created from {settings}",
    "not_on_internet": "{provider} was not asked, because {host} is not an address on the internet",
    "not_on_internet.proxy": "{provider} was not asked, because its proxy {host} is not an address on the "
    "internet",
    "connection_failed": "{provider} cannot be reached",
    "connection_failed.proxy": "{provider}'s proxy refused the connection",
    "connection_failed.certificate": "{provider} cannot be reached securely: the certificate of {host} is "
    "not trusted ({detail})",
    "connection_failed.tls": "{provider} cannot be reached: the TLS handshake with {host} failed; should it "
    "be http:// instead of https://?",
    "connection_failed.unknown_host": "{provider} cannot be reached: unknown host {host}",
    "connection_failed.refused": "{provider} cannot be reached: nothing is listening at {place}",
    "connection_failed.proxy_refused": "{provider} cannot be reached: nothing is listening at its proxy "
    "{place}",
    "connection_failed.closed": "{provider} closed the connection before answering",
    "timeout.connect": "{provider} could not be reached within {seconds:g} s",
    "timeout.first_text": "{provider} sent no text within {seconds:g} s",
    "timeout.idle": "{provider} sent nothing for {seconds:g} s in the middle of its answer",
    "timeout.total": "{provider} did not finish within {seconds:g} s",
    "timeout": "{provider} did not answer in time",
    "authentication_failed": "{provider} did not accept the API key",
    "authentication_failed.no_key": "{provider} refused the request",
    "nonce_refused": "{provider} refused the request, even with a fresh key from its own page",
    "rate_limited": "{provider}'s rate limit was reached",
    "quota_exceeded": "{provider}'s quota is used up",
    "quota_exceeded.free": "{provider}'s free quota is used up",
    "bad_request": "{provider} refused the request",
    "bad_request.no_message": "There is no message to send",
    "bad_request.no_text": "There is no text to send",
    "bad_request.picture_gone": "A picture of this conversation is no longer there",
    "bad_request.role": "The role {role} is not system, user or assistant",
    "bad_request.content": "The content of a message must be text, not {type}",
    "bad_request.not_from_user": "{provider} only answers when the last message is from the user",
    "bad_request.no_user_message": "{provider} needs a user message to answer",
    "context_too_long": "This conversation is too long for the model",
    "context_too_long.limit": "This conversation is too long for the model, whose limit is {limit:,} tokens",
    "pictures_not_seen": "{provider} takes no pictures, so nothing was sent",
    "model_not_found": "{provider} has no model named “{model}”",
    "model_not_found.unnamed": "No model was chosen for {provider}",
    "model_not_found.unnamed_listed": "No model was chosen for {provider}",
    "wrong_address": "{provider} does not offer a chat API at this address",
    "no_models": "{provider} responds, but has no models",
    "no_models.hidden": "{provider} responds, but all its models are hidden",
    "wrong_address.site": "{provider} does not answer at this address",
    "challenge_page": "{provider} sent a web page instead of an answer",
    "nonce_missing": "{provider}'s page does not contain the nonce and the post ID that a request needs",
    "nonce_missing.browser_check": "{provider} sent a browser check instead of its page",
    "malformed_answer": "{provider} sent an answer that cannot be read",
    "malformed_answer.models": "{provider} sent a list of models that cannot be read",
    "empty_answer": "{provider} sent an empty answer",
    "empty_answer.nothing": "{provider} accepted the request but sent nothing",
    "empty_answer.filtered": "{provider}'s content filter blocked the answer",
    "empty_answer.length": "{provider} reached the length limit before writing any text",
    "tool_call_wanted": "{provider}'s model wanted to call a tool instead of answering",
    "only_reasoning": "{provider}'s model stopped after its reasoning and wrote no answer",
    "only_reasoning.filtered": "{provider}'s content filter blocked the answer",
    "only_reasoning.length": "{provider} reached the length limit during its reasoning before writing any "
    "text",
    "truncated_answer": "{provider}'s answer was cut off",
    "answer_too_large": "{provider}'s answer exceeded the size limit",
    "service_error": "{provider} had a server error",
    "model_loading": "{provider} is still loading the model",
    "model_loading.too_slow": "{provider} was still loading the model after {seconds:g} s",
    "provider_busy": "{provider} is already writing {limit} answers",
    "none_answered": "{errors:providers}. {errors:all_happened}",
    "nobody_to_ask": "{provider} has no enabled provider to ask",
}
"""What happened, without a full stop, by code or `code.reason`."""

ADVICE = {
    "": _ANOTHER_MODEL,
    "provider_error.end_not_saved": "Its text is saved.",
    "provider_error.unusable": "",
    "bad_configuration": "Correct it in Settings.",
    "not_on_internet": "Only administrators can use servers in the network of webchat itself. Enter another "
    "address in Settings, or ask an administrator to add this one.",
    "connection_failed": "Check that the service is running and that its address in Settings is correct, "
    "then try again.",
    "timeout.connect": "Check that the service is running and that its address in Settings is correct. "
    + _MORE_TIME.format("Connect", "CONNECT"),
    "timeout.first_text": "A large model may still be loading or reading a long conversation. Try again in a "
    "moment, or choose another model. " + _MORE_TIME.format("First text", "FIRST_TEXT"),
    "timeout.idle": f"{_ANOTHER_MODEL} {_MORE_TIME.format('Idle timeout', 'IDLE')}",
    "timeout.total": f"{_ANOTHER_MODEL} {_MORE_TIME.format('Total', 'TOTAL')}",
    "authentication_failed": "Check the API key in Settings.",
    "authentication_failed.no_key": "Check that this computer's clock is right, or choose another model.",
    "nonce_refused": "The service may have changed, or it blocks this address. Choose another model.",
    "rate_limited": "Try again {retry_after:wait}, or choose another model.",
    "quota_exceeded": "Choose another model, or check your plan and billing with this service.",
    "quota_exceeded.free": "Try again later, or choose another model.",
    "bad_request": "Change the message or the conversation's parameters, or choose another model.",
    "context_too_long": "Start a new chat, shorten the message, or choose a model with a larger context.",
    "pictures_not_seen": "Choose a model that sees pictures, or edit the message and remove them.",
    "model_not_found": "Choose a model from the list.",
    "model_not_found.listed": "It has {models:names}. Choose a model from the list.",
    "model_not_found.unnamed_listed": "It has {models:names}. Choose a model from the list.",
    "wrong_address": "Check the address in Settings. It usually ends in /v1.",
    "no_models": "Load one there first, or add one under Models.",
    "no_models.hidden": "Select one under Models.",
    "wrong_address.no_list": "Check the address in Settings. It usually ends in /v1. If it has no model "
    "list, add its models under Models.",
    "wrong_address.site": "The service may have moved. Check its address in Settings, or choose another "
    "model.",
    "challenge_page": "The service requires a browser or a sign-in, or this is the address of a web page. "
    "Check the address in Settings, or choose another model.",
    "nonce_missing": "The service may have changed, or it requires a browser. Choose another model.",
    "empty_answer.nothing": "Its log may say why. Often the conversation is too long for the model. Start a "
    "new chat, set “Context” in the provider's settings, or choose another model.",
    "tool_call_wanted": "webchat does not offer tools. Rephrase your question, or choose another model.",
    "only_reasoning": "Its reasoning is saved. Try again, or choose another model.",
    "truncated_answer": "Try again to get the complete answer.",
    "answer_too_large": "Ask for a shorter answer, or choose another model.",
    "service_error": "This is usually temporary. Try again in a moment, or choose another model.",
    "service_error.wait": "The service asks you to wait. Try again {retry_after:wait}, or choose another "
    "model.",
    "model_loading": "This can take minutes for a large model. Try again in a moment, or choose another "
    "model.",
    "model_loading.too_slow": f"Try again in a moment. {_MORE_TIME.format('First text', 'FIRST_TEXT')}",
    "provider_busy": "Wait for one of them to finish, or choose another model.",
    "none_answered": "Check the providers' health in Settings, or choose a model yourself.",
    "nobody_to_ask": "Add or turn on a provider in Settings.",
}
"""What to do, by code or `code.reason`; the empty code has the advice of all others."""
