"""The API document, and the page to read it and try it out."""

from functools import cache

from django.http import HttpResponse
from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView


@cache
def document(is_json: bool) -> bytes:
    """Made once per process: it depends on the code alone, and takes a second."""
    renderer = OpenApiJsonRenderer() if is_json else OpenApiYamlRenderer()
    return renderer.render(SchemaGenerator().get_schema(request=None, public=True), renderer_context={})


class ApiDocument(APIView):
    """OpenAPI 3 in JSON, or in YAML for whoever asks for it; open to everybody, because it holds no data."""

    authentication_classes = []
    permission_classes = []
    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer2, OpenApiYamlRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        renderer = request.accepted_renderer
        return HttpResponse(document("json" in renderer.media_type), content_type=renderer.media_type)


class ApiDocs(TemplateView):
    template_name = "api/docs.html"
