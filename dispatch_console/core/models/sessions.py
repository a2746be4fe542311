"""Where a user is signed in: what the session list shows beside Django's own session row."""

from django.db import models

from dispatch_console.core.models.tenancy import User


class UserSession(models.Model):
    """One signed-in browser. The session itself is Django's, under the same key; this row only describes it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_seen_at"]

    def __str__(self) -> str:
        return f"{self.user} from {self.address}"
