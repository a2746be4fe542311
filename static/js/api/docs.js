/** The browsable API document. Trying something out uses the session of whoever is signed in, or a key they enter. */

const host = document.getElementById("api-docs");
const token = () => document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? "";

window.SwaggerUIBundle({
  domNode: host,
  url: host.dataset.schema,
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  requestInterceptor(request) {
    if (!request.loadSpec) request.headers["X-CSRFToken"] = token();
    return request;
  },
});
