"""One's own account: sign in and out, password, where one is signed in, and which company one works in."""

import math
from datetime import timedelta
from typing import Any, cast

from axes.helpers import get_client_username, get_cool_off
from axes.models import AccessAttempt
from django import forms
from django.contrib.auth import update_session_auth_hash, views
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView, View

from dispatch_console.core import access, client, clock, sessions
from dispatch_console.core.api.errors import TooManyRequests, answer, is_api
from dispatch_console.core.errors import Invalid
from dispatch_console.core.models import Membership, User
from drivers import devices

SIGN_IN_NOTICES = {
    "password-set": "Your password is set. Sign in with it.",
}


class SignInForm(AuthenticationForm):
    """One message for every failure: it must not tell whether the account exists."""

    error_messages = {
        "invalid_login": "The email address or the password is wrong.",
        "inactive": "The email address or the password is wrong.",
    }
    username = forms.EmailField(max_length=254, error_messages={"invalid": "Enter an email address."})
    password = forms.CharField(max_length=200, strip=False)

    def clean_username(self) -> str:
        # The lock-out counts per spelling, the look-up ignores case: one spelling, or each would have its own count.
        return str(self.cleaned_data["username"]).lower()


class SignIn(views.LoginView):
    authentication_form = SignInForm
    template_name = "registration/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        notice = SIGN_IN_NOTICES.get(self.request.GET.get("notice", ""), "")
        return super().get_context_data(notice=notice, **context)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        sessions.note(self.request)
        sessions.forget_expired(cast(User, self.request.user))
        return response


def locked_out(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponseBase:
    """What django-axes answers while an account is locked for an address: why, and for how long."""
    last_failure = AccessAttempt.objects.filter(
        username=get_client_username(request, credentials), ip_address=client.client_address(request)
    ).aggregate(last=Max("attempt_time"))["last"]
    pause = get_cool_off(request) or timedelta()
    remaining = (last_failure + pause - clock.now()).total_seconds() if last_failure else pause.total_seconds()
    minutes = max(1, math.ceil(remaining / 60))
    if is_api(request):
        unit = "minute" if minutes == 1 else "minutes"
        sentence = f"Too many failed attempts for this account from here. Try again in {minutes} {unit}."
        return answer(request, TooManyRequests(sentence, code="locked_out", details={"retry_after": minutes * 60}))
    context = {"minutes": minutes, "sign_in_address": reverse("sign-in")}
    page = render(request, "registration/locked.html", context, status=429)
    page.headers["Retry-After"] = str(max(1, math.ceil(remaining)))
    return page


class SignOut(views.LogoutView):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        sessions.forget(request.session.session_key)
        return super().post(request, *args, **kwargs)


class AccountFrame:
    """Account pages stand in the console for whoever works there; the others see them without its frame."""

    request: HttpRequest

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        reason = access.why_no_console(self.request.membership, self.request.actor)  # type: ignore[attr-defined]
        frame = "registration/plain_account.html" if reason else "console/base.html"
        return super().get_context_data(account_frame=frame, **context)  # type: ignore[misc]


class PasswordChange(AccountFrame, views.PasswordChangeView):
    success_url = reverse_lazy("password-change-done")

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.save()
        sessions.end_all(user)
        devices.sign_out_everywhere(user)
        # The session goes on under a new key: the old one may be what made the person change the password.
        update_session_auth_hash(self.request, user)
        sessions.note(self.request)
        return HttpResponseRedirect(str(self.success_url))


class PasswordChangeDone(AccountFrame, views.PasswordChangeDoneView):
    pass


class SetPassword(views.PasswordResetConfirmView):
    """Where the link leads that an administrator hands to a person: they choose the password, nobody else knows it."""

    template_name = "registration/set_password.html"
    success_url = reverse_lazy("sign-in", query={"notice": "password-set"})

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        sessions.end_all(form.user)
        devices.sign_out_everywhere(form.user)
        return response


@method_decorator(never_cache, name="dispatch")
class Sessions(AccountFrame, LoginRequiredMixin, TemplateView):
    template_name = "registration/sessions.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        user = cast(User, self.request.user)
        lines = sessions.signed_in(user, current_key=self.request.session.session_key)
        return super().get_context_data(sessions=lines, **context)

    def post(self, request: HttpRequest) -> HttpResponse:
        user = cast(User, request.user)
        if "others" in request.POST:
            sessions.end_all(user, but=request.session.session_key)
        else:
            sessions.end(user, whole_number(request.POST.get("session", "")))
        return redirect("sessions")


class SwitchTenant(LoginRequiredMixin, View):
    """The next page shows the other company; the address in between may be one that only the first one has."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        access.switch_tenant(request.user, request.session, whole_number(request.POST.get("tenant", "")))
        return redirect("home")


@method_decorator(never_cache, name="dispatch")
class Home(LoginRequiredMixin, View):
    """Where everybody lands: in the console, in the admin, or at a page that says why in neither."""

    def get(self, request: HttpRequest) -> HttpResponse:
        membership: Membership | None = request.membership  # type: ignore[attr-defined]
        reason = access.why_no_console(membership, request.actor)  # type: ignore[attr-defined]
        if not reason:
            return redirect("console:home")
        if request.user.is_superuser:
            return redirect("admin:index")
        return render(request, "registration/no_console.html", {"reason": reason}, status=403)


def whole_number(text: str) -> int:
    """An id as a form sends it."""
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    raise Invalid("The form is incomplete. Reload the page and try again.")


urlpatterns = [
    path("", Home.as_view(), name="home"),
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-out/", SignOut.as_view(), name="sign-out"),
    path("account/password/", PasswordChange.as_view(), name="password-change"),
    path("account/password/done/", PasswordChangeDone.as_view(), name="password-change-done"),
    path("account/password/set/<uidb64>/<token>/", SetPassword.as_view(), name="password-set"),
    path("account/sessions/", Sessions.as_view(), name="sessions"),
    path("account/company/", SwitchTenant.as_view(), name="switch-tenant"),
]
