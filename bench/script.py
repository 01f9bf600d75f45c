#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The way it is done by hand: load an item, convert it, update or create it, log it, each in a transaction
of its own. Reads the people's file whose path is given into the server that PGHOST names."""
import csv
import datetime
import os
import sys

import django
from django.conf import settings
from django.db import connection, models, transaction

settings.configure(USE_TZ=True, DATABASES={"default": {
    "ENGINE": "django.db.backends.postgresql", "NAME": "bench", "HOST": os.environ["PGHOST"],
    "USER": os.environ["PGUSER"]}})
django.setup()


class Person(models.Model):
    id = models.BigIntegerField(primary_key=True)
    name = models.TextField()
    email = models.TextField()
    country = models.CharField(max_length=2)
    status = models.TextField()
    balance = models.DecimalField(max_digits=12, decimal_places=2)
    signup = models.DateField()
    last_seen = models.DateTimeField()
    notes = models.TextField(null=True)

    class Meta:
        app_label = "bench"
        db_table = "person"


class Log(models.Model):
    key = models.TextField()
    outcome = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "bench"
        db_table = "script_log"


def converted(row):
    status = row["status"]
    return {"name": f"{row['first_name']} {row['last_name']}", "email": row["email"].strip().lower(),
            "country": row["country"], "status": "closed" if status == "inactive" else status,
            "balance": row["balance"],
            "signup": datetime.datetime.strptime(row["signup"], "%d/%m/%Y").date(),
            "last_seen": row["last_seen"], "notes": row["notes"] or None}


def main():
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS script_log")
    with connection.schema_editor() as editor:
        editor.create_model(Log)
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            with transaction.atomic():
                _, is_new = Person.objects.update_or_create(id=int(row["id"]),
                                                            defaults=converted(row))
                Log.objects.create(key=row["id"], outcome="inserted" if is_new else "updated")


if __name__ == "__main__":
    main()
