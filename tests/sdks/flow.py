"""Runs Stytch's official Python SDK, unchanged, against the server at STYTCH_BASE_URL.

The server needs its usual cast and at least 150 users.
Prints one line of JSON that names the steps that passed; any other outcome is an exception.
"""

import asyncio
import json
import os
import uuid

from stytch import Client
from stytch.core.response_base import StytchError

BASE_URL = os.environ["STYTCH_BASE_URL"]
PROJECT_ID = os.environ["STYTCH_PROJECT_ID"]
SECRET = os.environ["STYTCH_SECRET"]

passed = []


def client(secret=SECRET):
    return Client(PROJECT_ID, secret, environment=BASE_URL, suppress_warnings=True)


def query(*operands, operator="AND"):
    operands = [{"filter_name": name, "filter_value": value} for name, value in operands]
    return {"operator": operator, "operands": operands}


def refused(status, error_type, call):
    try:
        call()
    except StytchError as error:
        details = error.details
        assert details.status_code == status, details
        assert details.error_type == error_type, details
        assert details.request_id.startswith("request-id-test-"), details
        assert details.error_url.endswith(f"/errors/{status}#{error_type}"), details
        return
    raise AssertionError(f"expected {status} {error_type}")


def life_of_a_user(users):
    mark = uuid.uuid4().hex
    email, external_id = f"{mark}@example.com", f"crm|{mark}"
    created = users.create(
        email=email,
        name={"first_name": "Ida", "last_name": "Rhodes"},
        roles=[],
        external_id=external_id,
        trusted_metadata={"keep": 1, "drop": 2},
    )
    assert created.is_success and created.status_code == 201
    assert created.user.emails[0].email_id == created.email_id and created.phone_id == ""
    passed.append("create")

    found = users.search(limit=10, query=query(("email_address", [email])))
    assert [user.user_id for user in found.results] == [created.user_id]
    assert found.results_metadata.total == 1 and found.results_metadata.next_cursor is None
    passed.append("search")

    updated = users.update(
        user_id=created.user_id,
        name={"middle_name": "H."},
        trusted_metadata={"drop": None, "new": {"a": [1]}},
    )
    assert updated.is_success and updated.emails == created.user.emails
    assert updated.user.name.first_name == "Ida" and updated.user.name.middle_name == "H."
    assert updated.user.trusted_metadata == {"keep": 1, "new": {"a": [1]}}
    passed.append("update")

    got = users.get(created.user_id)
    assert got.is_success and got.external_id == external_id
    assert got.created_at == created.user.created_at and got.created_at.tzinfo is not None
    assert got.password is None and got.roles == ["stytch_user"] and got.totps == []
    passed.append("get")

    assert users.get(external_id).user_id == created.user_id
    passed.append("get by external id")

    deleted = users.delete(created.user_id)
    assert deleted.is_success and deleted.user_id == created.user_id
    refused(404, "user_not_found", lambda: users.get(created.user_id))
    passed.append("delete")


def parts_of_a_user(users):
    ada = users.get("ada.lovelace")
    for name, member, delete, error_type in [
        ("emails", "email_id", users.delete_email, "email_not_found"),
        ("phone_numbers", "phone_id", users.delete_phone_number, "phone_number_not_found"),
        (
            "webauthn_registrations",
            "webauthn_registration_id",
            users.delete_webauthn_registration,
            "webauthn_registration_not_found",
        ),
        (
            "biometric_registrations",
            "biometric_registration_id",
            users.delete_biometric_registration,
            "biometric_registration_not_found",
        ),
        ("totps", "totp_id", users.delete_totp, "totp_not_found"),
        (
            "crypto_wallets",
            "crypto_wallet_id",
            users.delete_crypto_wallet,
            "crypto_wallet_not_found",
        ),
        (
            "providers",
            "oauth_user_registration_id",
            users.delete_oauth_registration,
            "oauth_user_registration_not_found",
        ),
    ]:
        part_id = getattr(getattr(ada, name)[0], member)
        changed = delete(part_id)
        assert changed.is_success and changed.user_id == changed.user.user_id == ada.user_id
        assert getattr(changed.user, name) == []
        refused(404, error_type, lambda: delete(part_id))
    assert users.delete_password(ada.password.password_id).user.password is None
    bare = users.get(ada.user_id)
    assert bare.emails == [] and bare.providers == [] and bare.password is None
    passed.append("delete each part")

    assert users.delete_external_id("ada.lovelace").user.external_id is None
    refused(404, "user_not_found", lambda: users.get("ada.lovelace"))
    users.update(user_id=ada.user_id, external_id="ada.lovelace")
    passed.append("delete external id")

    created = users.create(email=f"{uuid.uuid4().hex}@example.com")
    phone = "+12025550198"
    exchanged = users.exchange_primary_factor(created.user_id, phone_number=phone)
    assert exchanged.user_id == created.user_id and exchanged.user.emails == []
    assert [held.phone_number for held in exchanged.user.phone_numbers] == [phone]
    refused(
        400,
        "invalid_exchange_primary_factor_fields",
        lambda: users.exchange_primary_factor(created.user_id),
    )
    passed.append("exchange primary factor")

    apps = users.connected_apps(created.user_id)
    assert apps.is_success and apps.connected_apps == []
    app_id = "connected-app-test-1"
    refused(404, "connected_app_not_found", lambda: users.revoke(created.user_id, app_id))
    passed.append("connected apps")


def pages(users):
    everyone = [user.user_id for user in users.search(limit=1000).results]
    walked = list(users.search_all(limit=17))
    assert len(walked) > 2 and all(page.results_metadata.total >= 150 for page in walked)
    assert [user.user_id for page in walked for user in page.results] == everyone[: 17 * len(walked)]
    passed.append("search_all")

    pending = query(("status", "pending"), ("email_verified", False))
    walked = list(users.search_all(limit=3, query=pending))
    found = [user for page in walked for user in page.results]
    assert len(walked) > 1 and len(found) == walked[0].results_metadata.total
    assert len({user.user_id for user in found}) == len(found)
    assert all(user.status == "pending" for user in found)
    passed.append("search_all with filters")

    either = query(("full_name_fuzzy", "Ada"), ("oauth_provider", ["GitHub"]), operator="OR")
    assert len(users.search(query=either).results) > 1
    passed.append("search with OR")

    assert users.search().is_success and users.search(query={"operator": "AND"}).is_success
    passed.append("search for everyone")


def mistakes(users):
    refused(404, "user_not_found", lambda: users.get(f"user-test-{uuid.uuid4()}"))
    passed.append("unknown user")
    bad = query(("email", ["x"]))
    refused(400, "user_search_filter_name_not_recognized", lambda: users.search(query=bad))
    passed.append("bad filter")
    refused(400, "invalid_user_id", lambda: users.get("a/b c+é"))
    passed.append("bad user id")
    wrong = client("secret-test-11111111111111111111111111111111111=").users
    refused(401, "unauthorized_credentials", lambda: wrong.get("ada.lovelace"))
    passed.append("wrong secret")


async def asynchronous():
    users = client().users
    walked = [page async for page in users.search_all_async(limit=50)]
    assert len(walked) > 2
    assert (await users.get_async("ada.lovelace")).name.last_name == "Lovelace"
    passed.append("asynchronous search_all and get")


if __name__ == "__main__":
    life_of_a_user(client().users)
    pages(client().users)
    mistakes(client().users)
    asyncio.run(asynchronous())
    parts_of_a_user(client().users)
    print(json.dumps({"sdk": "python", "passed": passed}))
