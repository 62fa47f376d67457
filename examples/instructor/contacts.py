"""Contacts out of mails, with instructor: typed, checked, and asked for again where they are wrong."""

from __future__ import annotations

import instructor
from openai import OpenAI
from pydantic import BaseModel, Field, field_validator


class Contact(BaseModel):
    """Somebody who can be written to."""

    name: str = Field(min_length=1)
    mail: str

    @field_validator("mail")
    @classmethod
    def is_an_address(cls, mail: str) -> str:
        if "@" not in mail:
            raise ValueError("An address has an @.")
        return mail


def contact(mail: str, retries: int = 1) -> Contact:
    """Who wrote `mail`; raises InstructorRetryException when the answer is still not valid after them."""
    client = instructor.from_openai(OpenAI(), mode=instructor.Mode.TOOLS)
    return client.chat.completions.create(
        model="gpt-5",
        response_model=Contact,
        max_retries=retries,
        messages=[{"role": "user", "content": f"Who wrote this?\n{mail}"}],
    )
