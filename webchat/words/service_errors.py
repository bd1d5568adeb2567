"""The messages of requests that a service rejects, by code or `code.reason`."""

_BUILT_IN = "It is built in. Turn it off instead."
_FROM_ENVIRONMENT = "It is set by OPENAI_BASE_URL. Turn it off, or change that variable and restart webchat."

SERVICE_ERRORS = {
    "not_signed_in": "You are not signed in, so nothing was changed. Sign in and try again.",
    "not_allowed": "Only administrators can do this. Nothing was changed.",
    "sign_in_refused": "The username or the password is wrong. Check both and try again.",
    "sign_in_refused.disabled": "This account is disabled. Its conversations are kept. Ask an administrator.",
    "sign_in_refused.passkey": "webchat does not accept this passkey. It may have been removed here. Try "
    "again, or sign in with your password.",
    "too_many_sign_ins": "Too many failed attempts. Try again in {wait:duration}.",
    "account_invalid.not_text": "The browser sent something that is not text. Nothing was changed.",
    "account_invalid.username": "A username must have 1 to {limit} letters, digits, dots, hyphens, "
    "underscores or @.",
    "account_invalid.password": "A password must have {least} to {most} characters. Choose another one.",
    "account_invalid.password_is_name": "The password must not be the username. Choose another one.",
    "account_invalid.wrong_password": "The current password is wrong. Nothing was changed. Enter it again.",
    "account_invalid.role": "Choose a role from the list. Nothing was changed.",
    "account_invalid.last_administrator": "This is the only administrator. Nothing was changed. Make "
    "somebody else an administrator first.",
    "account_invalid.too_many": "There are already {limit:,} accounts, which is the maximum. Delete one "
    "first.",
    "account_invalid.too_many_invitations": "There are already {limit} open invitations. Withdraw one first.",
    "account_invalid.no_account": "webchat has no accounts yet. Nothing was changed. Create yours first.",
    "account_invalid.last_way_in": "Without it you could not sign in any more. Nothing was changed. Ask an "
    "administrator for a link that sets a password first.",
    "account_link_invalid": "This link does not work: it was used, has expired or is mistyped. Ask an "
    "administrator for a new one.",
    "passkey_invalid.address": "Passkeys do not work at this address. They need one with a name, not a "
    "number, that begins with https.",
    "passkey_invalid.other_address": "Passkeys work at {address} only. Open webchat there.",
    "passkey_invalid.no_account": "Only people who have signed in can have a passkey. Nothing was changed.",
    "passkey_invalid.too_many": "You already have {limit} passkeys, which is the maximum. Remove one first.",
    "passkey_invalid.known": "This passkey was added before. Nothing was changed.",
    "passkey_invalid.name": "The name of a passkey must have 1 to {limit} characters. The old one was kept.",
    "passkey_invalid.not_accepted": "webchat could not check this passkey, so it was not added. Try again, "
    "or use another device.",
    "passkey_invalid.expired": "That took longer than {minutes} minutes, so nothing was changed. Try again.",
    "prompt_empty": "There is nothing to send. Write a message first.",
    "prompt_too_long": "This message is {size:size}; the limit is {limit:size}. It was not sent and your "
    "text is still here. Shorten it or send it in parts.",
    "prompt_without_id": "The browser sent this message without a valid ID. Reload the page and send it "
    "again.",
    "title_invalid.empty": "The title must not be empty. The old one was kept.",
    "title_invalid.too_long": "A title can have at most {limit} characters. The old one was kept.",
    "parameter_invalid.not_text": "The browser sent something that is not text. Nothing was changed.",
    "parameter_invalid.language": "Choose a language from the list. Nothing was changed.",
    "parameter_invalid.temperature": "The temperature must be a number from 0 to {limit:g}. The old value "
    "was kept.",
    "parameter_invalid.price": "A price must be a number from 0 to {limit:,.0f}. The old one was kept.",
    "parameter_invalid.prices": "At most {limit} models can have a price. Remove one first.",
    "parameter_invalid.days": "The number of days must be a whole number from 1 to {limit:,}. The old value "
    "was kept.",
    "advanced_invalid.not_text": "The browser sent something too long or something that is not text. Nothing "
    "was changed.",
    "advanced_invalid.max_tokens": "The most tokens must be a whole number from {least} to {most:,}.",
    "advanced_invalid.top_p": "Top P must be a number from 0 to 1.",
    "advanced_invalid.stop": "There can be at most {most} stop texts of {longest} characters each.",
    "advanced_invalid.seed": "The seed must be a whole number from {least:,} to {most:,}.",
    "advanced_invalid.effort": "Choose one of the efforts in the list.",
    "advanced_invalid.header": "“{line}” is not a header. Write each on a line of its own, as Name: value.",
    "advanced_invalid.header_reserved": "The header {name} is set by webchat itself. Remove it.",
    "advanced_invalid.header_twice": "The header {name} is there twice. Remove one.",
    "advanced_invalid.header_value": "The value of {name} must have 1 to {longest} letters, digits and "
    "signs of ASCII.",
    "advanced_invalid.too_many_headers": "There can be at most {most} headers.",
    "advanced_invalid.body": 'The fields must be a JSON object, such as {{"top_k": 40}}.',
    "advanced_invalid.body_reserved": "The field “{name}” is set by webchat itself. Remove it.",
    "advanced_invalid.body_size": "The fields can have at most {limit:size}.",
    "advanced_invalid.again": "The stored headers are not sent to a new address or through a new proxy "
    "automatically. Enter their values again, or remove them. Nothing was changed.",
    "model_unknown": "The model “{model}” is not available. Choose another one from the list.",
    "comparison_invalid": "Choose two or three different models to compare, {most} at most. Nothing was "
    "changed.",
    "repeat_invalid.temporary": "A temporary chat cannot be repeated. Nothing was sent.",
    "repeat_invalid.empty": "This conversation has no questions to ask again. Nothing was sent.",
    "repeat_invalid.too_long": "This conversation has {questions:,} questions; at most {most:,} can be asked "
    "again. Nothing was sent.",
    "nothing_to_continue": "This answer is complete, so there is nothing to continue. Nothing was changed.",
    "provider_invalid.name_length": "A provider name must have 1 to {limit} characters.",
    "provider_invalid.name_colon": "A provider name cannot contain a colon.",
    "provider_invalid.name_reserved": "A provider cannot be named “{name}”, because Auto tries all of them. "
    "Choose another name.",
    "provider_invalid.one_address": "Enter one address. Add a separate provider for each other address.",
    "provider_invalid.address": "The address must look like https://host/v1 or http://127.0.0.1:11434.",
    "provider_invalid.address_refused": "Invalid address: {cause:happened}.",
    "provider_invalid.key_in_address": "Enter the key in its own field, not in the address. Addresses are "
    "stored as plain text.",
    "provider_invalid.internal": "Only administrators can use servers in the network of webchat itself. "
    "Nothing was saved. Enter another address, or ask an administrator to add this one.",
    "provider_invalid.key": "The key contains characters that are not allowed in a key. Copy it again.",
    "provider_invalid.key_again": "The stored key is not sent to a new address or through a new proxy "
    "automatically. Enter it again, or select “Forget the stored key”. Nothing was changed.",
    "provider_invalid.proxy": "A proxy address looks like http://host:3128 or "
    "socks5://user:password@host:1080.",
    "provider_invalid.timeout": "A timeout must be a number of seconds greater than 0.",
    "provider_invalid.context": "The context must be at least {least} tokens and at most {most:,}.",
    "provider_invalid.change_built_in": f"{{provider}} cannot be changed here. {_BUILT_IN}",
    "provider_invalid.change_from_environment": f"{{provider}} cannot be changed here. {_FROM_ENVIRONMENT}",
    "provider_invalid.remove_built_in": f"{{provider}} cannot be removed. {_BUILT_IN}",
    "provider_invalid.remove_from_environment": f"{{provider}} cannot be removed. {_FROM_ENVIRONMENT}",
    "provider_invalid.on_or_off": "The browser did not say whether to turn it on or off.",
    "provider_invalid.model_length": "A model name must have 1 to {limit} characters on one line.",
    "provider_invalid.model_taken": "{provider} already has a model named “{model}”.",
    "provider_invalid.too_many_models": "{provider} already has {limit} models, which is the maximum.",
    "provider_invalid.show_or_hide": "The browser did not say whether to show or hide it. Nothing was "
    "changed.",
    "model_not_allowed": "{model} is not available to you: administrators choose which models members may "
    "use. Nothing was sent or changed. Choose another model.",
    "limit_reached.messages": "You have sent {limit:messages} today. You can send again after 00:00 UTC. "
    "This was not sent, and nothing is lost.",
    "limit_reached.tokens": "Your answers have used {used:,} tokens this month; your limit is {limit:,}. "
    "You can send again on {ends:day}, 00:00 UTC. This was not sent, and nothing is lost.",
    "limit_reached.cost": "Your answers have cost {used:,.2f} this month; your limit is {limit:,.2f}. "
    "You can send again on {ends:day}, 00:00 UTC. This was not sent, and nothing is lost.",
    "limit_invalid.number": "A limit is a whole number from 1 to {limit:,}, or none. Nothing was changed.",
    "limit_invalid.cost": "A limit of the cost is a number from 0.01 to {limit:,}, or none. Nothing "
    "was changed.",
    "limit_invalid.administrator": "Administrators have no limits. Nothing was changed.",
    "provider_invalid.members": "The browser did not say whether members may use it. Nothing was changed.",
    "search_invalid.too_long": "A search can have at most {limit} characters. Shorten it.",
    "search_invalid.too_many": "A search can have at most {limit} words. Leave some out.",
    "search_invalid.nothing": "Only letters and digits can be searched for.",
    "search_invalid.role": "There is no role “{value}”. Use role:user or role:assistant.",
    "search_invalid.date": "“{value}” is not a date. Write it as 2025-03-01, 2025-03 or 2025.",
    "share_invalid.last_message": "The last message to share is no longer shown. Reopen the dialog.",
    "share_invalid.nothing_left": "There is nothing left to share. Include at least one message.",
    "share_invalid.too_many": "At most {limit:,} messages can be shared at once. Leave some messages out.",
    "share_invalid.too_large": "At most {limit:size} can be shared at once. Leave some messages out.",
    "share_invalid.not_text": "The browser sent a passphrase that is not text. Nothing was changed.",
    "share_invalid.passphrase": "A passphrase must have {least} to {most} characters. Nothing was changed. "
    "Choose another one.",
    "share_invalid.title": "The title must have 1 to {limit} characters. Nothing was shared.",
    "share_invalid.expiry": "Choose an expiry from the list. Nothing was changed.",
    "share_invalid.file_gone": "A chosen file is no longer one of the assistant's. Nothing was shared. "
    "Reopen the dialog.",
    "share_invalid.temporary": "A temporary chat cannot be shared. Nothing was shared.",
    "collection_invalid.none_selected": "No conversation is selected. Select at least one.",
    "collection_invalid.too_many_at_once": "At most {limit:,} conversations can be changed at once. Nothing "
    "was changed. Select fewer.",
    "collection_invalid.too_many_selected": "At most {limit:,} conversations can be selected at once.",
    "collection_invalid.too_many_exported": "At most {limit:,} conversations can be chosen for one export. "
    "Nothing was exported. Select fewer, or export all.",
    "collection_invalid.too_many_pinned": "At most {limit} conversations can be pinned. Unpin another one "
    "first.",
    "collection_invalid.folder_name": "A folder name must have 1 to {limit} characters. Nothing was changed.",
    "collection_invalid.too_many_folders": "There are already {limit} folders, which is the maximum.",
    "collection_invalid.tag": "A tag must have 1 to {limit} characters. Nothing was changed.",
    "collection_invalid.too_many_tags": "A conversation can have at most {limit} tags. Nothing was changed.",
    "diagram_invalid": "This drawing of a diagram cannot be kept. Shared pages show its source.",
    "saved_prompt_invalid.name": "The name of a prompt must have 1 to {limit} characters. Nothing was "
    "changed.",
    "saved_prompt_invalid.text": "A prompt must have 1 to {limit:,} characters. Nothing was changed.",
    "saved_prompt_invalid.too_many": "There can be at most {limit} saved prompts. Delete one first.",
    "saved_prompt_invalid.too_large": "All saved prompts together can have at most {limit:,} characters. "
    "Nothing was changed. Shorten or delete one first.",
    "saved_prompt_invalid.file_too_large": "A file of prompts can have at most {limit:size}. Nothing was "
    "imported.",
    "saved_prompt_invalid.file": "This is not a file of prompts. Nothing was imported. Choose a JSON file "
    "with a list of prompts, each with a name and a text.",
    "saved_prompt_invalid.incomplete": "The file did not arrive completely. Nothing was imported. Try again.",
    "assistant_invalid.name": "The name of an assistant must have 1 to {limit} characters. Nothing was "
    "saved.",
    "assistant_invalid.description": "A description can have at most {limit} characters. Nothing was saved.",
    "assistant_invalid.system_prompt": "The system prompt of an assistant can have at most {limit:,} "
    "characters. Nothing was saved.",
    "assistant_invalid.starters": "There can be at most {most} starters, of {limit} characters each. Nothing "
    "was saved.",
    "assistant_invalid.picture": "webchat cannot read this picture. Nothing was saved. Choose a PNG, JPEG, "
    "WebP or GIF file.",
    "assistant_invalid.picture_too_large": "This picture is too large. Nothing was saved. Use another one.",
    "assistant_invalid.files_too_many": "An assistant can have at most {limit} files. Nothing was saved. "
    "Remove some.",
    "assistant_invalid.files_too_large": "The files of an assistant can have at most {limit:size} together. "
    "Nothing was saved. Remove some.",
    "assistant_invalid.files_no_room": "There is no room for the files of this assistant: yours would need "
    "more than your limit. Nothing was added. Delete conversations with files that you no longer need.",
    "assistant_invalid.files_reading": "A file of this assistant is still being read. Nothing was saved. "
    "Save again in a moment.",
    "assistant_invalid.files_gone": "A file of this assistant is no longer there. Nothing was saved. Remove "
    "the file and add it again.",
    "assistant_invalid.too_many": "There can be at most {limit} assistants. Nothing was added. Delete one "
    "first.",
    "assistant_invalid.too_large": "The system prompts of all assistants together can have at most {limit:,} "
    "characters. Nothing was saved. Shorten or delete one first.",
    "assistant_invalid.file_too_large": "A file of assistants can have at most {limit:size}. Nothing was "
    "imported.",
    "assistant_invalid.file": "This is not a file of assistants. Nothing was imported. Choose an export of "
    "assistants from webchat, or of models from Open WebUI.",
    "assistant_invalid.incomplete": "The file did not arrive completely. Nothing was imported. Try again.",
    "assistant_invalid.no_preview": "The preview is no longer there. Nothing was imported. Choose the file "
    "again.",
    "shortcut_invalid": "The browser sent an invalid shortcut. Nothing was changed.",
    "parameter_invalid.favourites": "At most {limit} models can be favourites. Remove one first.",
    "passphrase_wrong": "Wrong passphrase. Check the capital letters, or ask the person who sent you the "
    "link.",
    "too_many_passphrase_attempts": "Too many wrong passphrases. Try again in {wait:duration}.",
    "too_many_copies": "This conversation was continued too often in a short time. Nothing was copied. Try "
    "again in {wait:duration}.",
    "too_often.send": "You sent many messages in a short time. This was not sent, and nothing is lost. Try "
    "again in {wait:duration}.",
    "too_often.share": "You made many links in a short time. Nothing was shared. Try again in "
    "{wait:duration}.",
    "too_often.import": "You imported many files in a short time. Nothing was imported. Try again in "
    "{wait:duration}.",
    "too_often.export": "You exported very often in a short time. Nothing was exported. Try again in "
    "{wait:duration}.",
    "too_often.continue": "You continued many shared conversations in a short time. Nothing was copied. Try "
    "again in {wait:duration}.",
    "too_often.test": "You tested providers very often in a short time. Nothing was asked. Try again in "
    "{wait:duration}.",
    "too_often.passkey": "You added many passkeys in a short time. This one was not added. Try again in "
    "{wait:duration}.",
    "too_often.upload": "You attached many files in a short time. This one was not attached. Try again in "
    "{wait:duration}.",
    "too_often.diagram": "Many diagrams were drawn in a short time. This one was not kept. Try again in "
    "{wait:duration}.",
    "too_often.search": "You looked for servers very often in a short time. Try again in {wait:duration}.",
    "too_often.sign_in": "There were many sign-ins from your network in a short time. Nobody was signed in. "
    "Try again in {wait:duration}.",
    "page_not_made": "The page could not be created. The conversation is safe. Reload the page in a few "
    "seconds.",
    "import_problem.not_json": "The file is not valid JSON from here on, so the rest was not read.",
    "import_problem.ended_early": "The file ends in the middle. It may not have been downloaded completely.",
    "import_problem.text_too_large": "The file has a text of more than {limit:size}. The rest was not read.",
    "import_problem.too_large": "It is larger than {limit:size}.",
    "import_problem.too_deep": "It is nested more than {limit:,} levels deep.",
    "import_problem.too_long": "It has more than {limit:,} messages.",
    "import_problem.message_too_large": "One of its messages has more than {limit:,} characters.",
    "import_problem.broken_archive": "The archive is damaged, so the rest was not read.",
    "import_problem.encrypted": "The archive is protected with a password.",
    "import_problem.too_many_files": "The archive has more than {limit:,} files.",
    "import_problem.no_conversations": "The archive has no file with conversations.",
    "import_problem.bomb": "The archive unpacks to far more data than it should, so the rest was not read.",
    "import_problem.too_many": "The file has more than {limit:,} conversations. The rest was not read.",
    "import_problem.not_recognised": "It is in no format that webchat knows.",
    "import_problem.no_id": "It has no ID.",
    "import_problem.empty": "It has no messages.",
    "import_problem.broken": "It is not made as expected.",
    "import_problem.not_written": "It could not be saved.",
    "import_problem.in_trash": "It was imported before and then deleted.",
    "import_problem.out_of_memory": "The file needs too much memory, so the rest was not read.",
    "import_problem.assistants": "The assistants in the file were not imported. {why}",
    "import_problem.ended": "The process that reads the file ended, so the rest was not read.",
    "import_refused.too_large": "A file to import can have at most {limit:size}. Nothing was imported.",
    "import_refused.running": "Another import is running. Wait for its end or cancel it.",
    "import_refused.gone": "The file is no longer there. Choose it again.",
    "import_refused.failed": "The import failed. What was imported stays. Import the file again to continue.",
    "import_refused.incomplete": "The file did not arrive completely. Nothing was imported. Try again.",
    "file_refused.empty": "This file is empty. It was not attached.",
    "file_refused.too_large": "A file can have at most {limit:size}. It was not attached.",
    "file_refused.picture_too_large": "A picture can have at most {limit:size}. It was not attached.",
    "file_refused.document_too_large": "A document can have at most {limit:size}. It was not attached.",
    "file_refused.type": "This kind of file cannot be attached. Pictures (PNG, JPEG, WebP, GIF), text, code, "
    "CSV, HTML, PDF, DOCX, XLSX, PPTX and EPUB can.",
    "file_refused.other_office": "OpenDocument and RTF files cannot be attached. Save the file as DOCX, "
    "XLSX or PPTX and attach that.",
    "file_refused.old_office": "Files of this old Office format cannot be attached. Save it as DOCX, XLSX or "
    "PPTX and attach that.",
    "file_refused.picture_broken": "This picture is damaged. It was not attached.",
    "file_refused.too_many_pixels": "A picture can have at most {limit} megapixels. It was not attached.",
    "file_refused.incomplete": "The file did not arrive completely. Attach it again.",
    "file_refused.at_once": "Too many files are being uploaded or read at the same time. Wait until they are "
    "ready, then attach this one again.",
    "file_refused.still_reading": "A document of this message is still being read. It was not sent and your "
    "text is still here. Send it again in a moment.",
    "file_refused.quota": "Your files would need more than {limit:size}, which is your limit. This one was "
    "not attached. Delete conversations with files that you no longer need.",
    "file_refused.server_quota": "The files on this server would need more than {limit:size}, which is its "
    "limit. This one was not attached. Ask whoever runs this server.",
    "file_refused.sent": "This file belongs to a message that was sent. Delete the message instead.",
    "file_refused.pictures_too_large": "The pictures of a message can have at most {limit:size} together. It "
    "was not sent and your text is still here. Remove some, or make them smaller.",
    "file_refused.too_many": "A message can have at most {limit} files. It was not sent and your text is "
    "still here. Remove some files.",
    "file_refused.gone": "A file of this message is no longer there. It was not sent and your text is still "
    "here. Remove the file and attach it again.",
    "file_refused.limit": "The number of tokens must be a whole number from 1 to {limit:,}. The old value "
    "was kept.",
    "file_unread.protected": "It is protected by a password, so its text cannot be read. Attach a copy "
    "without one.",
    "file_unread.damaged": "It is damaged or not what it seems to be, so its text cannot be read.",
    "file_unread.no_text": "There is no text in it that can be read. It may consist of scanned pages: attach "
    "those as pictures.",
    "file_unread.too_long": "Reading its text took too long and was given up. Attach a shorter part of it.",
    "file_unread.too_complex": "Its text needs too much memory to read. Attach a shorter part of it.",
    "file_unread.cut": "Only its beginning was read, {size:size} of text. What follows was left out.",
    "pictures_not_taken": "{model} cannot see pictures. The message was not sent and your text is still "
    "here. Choose a model that sees pictures, or remove them.",
    "event_refused": "The page sent an invalid request. Nothing was changed. Reload the page and try again.",
    "event_refused.another_version": "This page is from another version of webchat. Nothing was changed. "
    "Reload it and try again.",
}
