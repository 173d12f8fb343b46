/** Shows `/openapi.json` with Swagger UI, for reading: the page at `/` sends requests. */

// Swagger UI does not follow the system's colour scheme by itself.
const dark = matchMedia("(prefers-color-scheme: dark)");
const applyColorScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
applyColorScheme();
dark.addEventListener("change", applyColorScheme);

window.SwaggerUIBundle({
  domNode: document.getElementById("reference"),
  url: "/openapi.json",
  deepLinking: true,
  // No «Try it out».
  supportedSubmitMethods: [],
  // No third party checks the document.
  validatorUrl: null,
});
