"""Prints hashes of the password in the first argument, as the real Werkzeug, Django, bcrypt and argon2 make them."""

import json
import sys

import argon2
import bcrypt
import django
import django.contrib.auth.hashers as hashers
import werkzeug.security
from django.conf import settings

NAMES = ["PBKDF2", "PBKDF2SHA1", "Argon2", "BCryptSHA256", "BCrypt", "Scrypt"]
settings.configure(PASSWORD_HASHERS=[f"django.contrib.auth.hashers.{name}PasswordHasher" for name in NAMES])
django.setup()

password = sys.argv[1]
made = {method: werkzeug.security.generate_password_hash(password, method=method)
        for method in ["scrypt", "scrypt:1024:4:2", "pbkdf2:sha256:1000", "pbkdf2:sha512:1000", "pbkdf2:sha1:1000"]}
made |= {f"django {hasher.algorithm}": hashers.make_password(password, hasher=hasher.algorithm) for hasher in hashers.get_hashers()}
made["plain bcrypt"] = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(5)).decode()
made["plain argon2"] = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=2).hash(password)
print(json.dumps(made))
