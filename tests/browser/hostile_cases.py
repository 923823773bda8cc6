"""What a stranger may type or forge, and how it is answered."""

from typing import Any

GOOD = "somos/bueno"

NOT_A_NAME = "no es un nombre de modelo del Hub"
NOT_A_REVISION = "no puede ser una rama, una etiqueta ni un commit"
NO_FOLDERS = "Aquí solo se admiten modelos del Hub"
NOT_THERE = "no hay ningún modelo público llamado"
NO_REVISION = "no tiene ninguna revisión"
NO_CHOICE = "no es una de las opciones del formulario"
TOO_MUCH = "That is more than this page takes."
A_MEGABYTE = "A" * 2**20
AS_MUCH_AS_IS_TAKEN = "A" * 60_000

LOOKS_LIKE_A_FOLDER = [
    "../../etc/passwd",
    "../modelo",
    "./modelo",
    "/etc/passwd",
    "/proc/self/environ",
    "//evil.example/modelo",
    "~",
    "~root/.ssh",
    "~/.cache/huggingface/token",
]

NAMES_THAT_ARE_NONE = {
    "a parent folder inside": "somos/../../etc",
    "a parent folder as a name": "somos/..",
    "two dots in a name": "somos/bu..eno",
    "two dashes in a name": "somos/bu--eno",
    "dots without end": "....//....//etc",
    "this folder inside": "somos/./modelo",
    "per cent": "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "per cent between slashes": "%2e%2e/passwd",
    "per cent twice": "%252e%252e/passwd",
    "an overlong zero": "somos/modelo%00.safetensors",
    "backslashes": "..\\..\\Windows\\System32",
    "a drive": "C:\\modelo",
    "a share": "\\\\evil.example\\modelo",
    "file address": "file:///etc/passwd",
    "web address": "https://huggingface.co/somos/bueno",
    "foreign address": "http://evil.example/x",
    "hub address": "hf://somos/bueno",
    "javascript address": "javascript:alert(1)",
    "javascript with a slash": "javascript:alert(1)/x",
    "data address": "data:text/html,<script>alert(1)</script>",
    "query": "somos/bueno?revision=main",
    "fragment": "somos/bueno#x",
    "revision in the name": "somos/bueno@main",
    "user in front": "evil@somos/bueno",
    "a Cyrillic letter in the owner": "s\u043emos/bueno",
    "a Cyrillic letter in the name": "somos/bu\u0435no",
    "Greek": "s\u03bfmos/bueno",
    "a fullwidth slash": "somos\uff0fbueno",
    "a division slash": "somos\u2215bueno",
    "an accent": "sómos/bueno",
    "an accent of its own": "so\u0301mos/bueno",
    "turned by bidi": "somos/\u202eoneub",
    "isolated by bidi": "somos/\u2066bueno\u2069",
    "no width": "somos/bu\u200beno",
    "a joiner": "somos/bu\u200deno",
    "a byte order mark": "\ufeffsomos/bueno",
    "a soft hyphen": "somos/bu\u00adeno",
    "a hard space": "somos/bueno\u00a0x",
    "a tag": "somos/bueno\U000e0041",
    "a zero": "somos/bueno\x00",
    "an escape": "somos/\x1b[31mbueno",
    "a bell": "somos/\x07bueno",
    "HTML": "<script>alert(1)</script>/x",
    "an image": "<img src=x onerror=alert(1)>/x",
    "an attribute": '" onmouseover="alert(1)',
    "a closed element": "</span></p></div><h1>x</h1>",
    "an entity": "&lt;script&gt;/x",
    "Markdown": "[pulsa](javascript:alert(1))",
    "a Markdown image": "![x](https://evil.example/x)",
    "ten thousand letters": "a" * 10_000,
    "ten thousand slashes": "a/" * 5_000,
    "a name of ninety-seven": "somos/" + "a" * 97,
    "emoji": "🦜/loro",
    "spaces inside": "somos / bueno",
    "one word": "bueno",
    "three parts": "somos/bueno/otro",
    "a command in a shell": "somos/$(id)",
    "a command in backticks": "somos/`id`",
    "the next command": "somos/bueno;id",
    "a pipe": "somos/bueno|id",
    "an option": "--help",
    "an option as an owner": "--trust-remote-code/x",
    "an option as a name": "somos/--help",
    "SQL": "somos/x' OR '1'='1",
    "more SQL": "'; DROP TABLE requests; --",
    "a template": "{{7*7}}/x",
    "a template with a dollar": "${7*7}/x",
    "a format": "%s%s%n/x",
    "a text's parameter": "{model}/{revision}",
    "an attribute of a parameter": "{model.__class__}/x",
    "YAML": "!!python/object/apply:os.system",
    "a YAML anchor": "somos: &a [*a]",
    "a formula": '=HYPERLINK("https://evil.example")',
    "a sum": "+1/x",
    "a spreadsheet's command": "@SUM(1)/x",
    "a file of git": ".git/config",
    "a repository's ending": "somos/bueno.git",
    "a cache's folder": "models--somos--bueno",
}

REVISIONS_THAT_ARE_NONE = {
    "a parent folder": "..",
    "a parent folder behind a branch": "main/../..",
    "two dots between branches": "main..dev",
    "a ref that anybody may make": "refs/pr/1",
    "a ref in capitals": "Refs/heads/main",
    "a root": "/main",
    "backslashes": "..\\main",
    "per cent": "main%2f..%2f..",
    "an option": "--upload-pack=id",
    "git's own signs": "HEAD~1",
    "a command": "main;id",
    "a query": "main?x=1",
    "HTML": "<img src=x onerror=alert(1)>",
    "an address": "javascript:alert(1)",
    "turned by bidi": "main\u202e",
    "no width": "ma\u200bin",
    "a letter of another script": "m\u0430in",
    "too long": "a" * 101,
    "ten thousand letters": "a" * 10_000,
}

REVISIONS_THAT_ARE_NOT_THERE = ["MAIN", "0" * 40, "main/config.json"]

NOT_OPEN = {
    "not there": ("somos/no-existe", NOT_THERE),
    "private": ("malos/privado", NOT_THERE),
    "gated": ("malos/cerrado", "es de acceso restringido"),
    "disabled": ("malos/desactivado", "El Hub ha desactivado"),
    "another letter's case": ("SOMOS/bueno", NOT_THERE),
    "spaces around": ("  somos/no-existe  ", NOT_THERE),
}

BAD_MODELS: dict[str, dict[str, str]] = {
    "vacio": {"config": "le falta config.json", "weights": "no tiene pesos", "tokenizer": "le falta el tokenizador"},
    "codigo-y-bomba": {
        "code": "auto_map en config.json",
        "weights": "un formato que puede ejecutar código",
        "tokenizer": "no se puede cargar: RecursionError",
    },
    "codigo-que-escapa": {
        "code": "auto_map en tokenizer_config.json",
        "weights": "están dañados",
        "chat_template": "no funciona: SecurityError",
    },
    "sin-config-y-bomba": {
        "config": "le falta config.json",
        "weights": "model.safetensors.index.json están dañados",
        "chat_template": "no funciona: MemoryError",
    },
    "config-rota": {
        "config": "No se puede leer config.json",
        "weights": "están dañados",
        "tokenizer": "no se puede cargar",
    },
    "cabecera-enorme": {"files": "Los pesos de model.safetensors están dañados"},
    "adaptador": {"config": "es un adaptador", "weights": "no tiene pesos", "tokenizer": "le falta el tokenizador"},
    "arquitectura": {"architecture": "«<img src=x onerror=alert(6)>»", "tokenizer": "no se puede cargar"},
    "comprimido": {"architecture": "comprimidos con «<b>gptq</b>»", "chat_template": "no funciona"},
    "demasiado-grande": {"size": "necesita unos 17,0 GB de memoria, y el equipo que evalúa tiene 2,0 GB"},
}

FORGED_FIELDS: dict[str, tuple[list[Any], str]] = {
    "a precision for baselines": ([GOOD, "", "none", "auto"], "not in the list"),
    "a precision that is none": ([GOOD, "", "float64", "auto"], "not in the list"),
    "a precision in capitals": ([GOOD, "", "AUTO", "auto"], "not in the list"),
    "HTML as a precision": ([GOOD, "", "<img src=x onerror=alert(1)>", "auto"], "not in the list"),
    "no precision": ([GOOD, "", None, "auto"], NO_CHOICE),
    "a number as a precision": ([GOOD, "", 7, "auto"], "not in the list"),
    "a truth as a precision": ([GOOD, "", True, "auto"], "not in the list"),
    "a list as a precision": ([GOOD, "", ["auto"], "auto"], "not in the list"),
    "an object as a precision": ([GOOD, "", {"auto": "auto"}, "auto"], "not in the list"),
    "a long precision": ([GOOD, "", AS_MUCH_AS_IS_TAKEN, "auto"], "not in the list"),
    "a megabyte as a precision": ([GOOD, "", A_MEGABYTE, "auto"], TOO_MUCH),
    "no template": ([GOOD, "", "auto", None], NO_CHOICE),
    "another template": ([GOOD, "", "auto", "chatml"], "not in the list"),
    "a list as a template": ([GOOD, "", "auto", []], "not in the list"),
    "no model": ([None, "", "auto", "auto"], "Escribe qué modelo"),
    "a number as a model": ([7, "", "auto", "auto"], NOT_A_NAME),
    "a list as a model": ([[GOOD], "", "auto", "auto"], NOT_A_NAME),
    "an object as a model": ([{"id": GOOD}, "", "auto", "auto"], NOT_A_NAME),
    "a long model": ([AS_MUCH_AS_IS_TAKEN, "", "auto", "auto"], NOT_A_NAME),
    "a megabyte as a model": ([A_MEGABYTE, "", "auto", "auto"], TOO_MUCH),
    "a long revision": ([GOOD, AS_MUCH_AS_IS_TAKEN, "auto", "auto"], NOT_A_REVISION),
    "a megabyte as a revision": ([GOOD, A_MEGABYTE, "auto", "auto"], TOO_MUCH),
    "a list as a revision": ([GOOD, ["main"], "auto", "auto"], NOT_A_REVISION),
    "a new line in a model": (["somos/bue\nno", "", "auto", "auto"], NOT_A_NAME),
    "a header behind a model": (["somos/bueno\r\nSet-Cookie: a=b", "", "auto", "auto"], NOT_A_NAME),
    "a second line behind a revision": ([GOOD, "main\nmain", "auto", "auto"], NOT_A_REVISION),
    "half a letter": (["somos/\ud800", "", "auto", "auto"], NOT_A_NAME),
    "a zero": (["somos/bueno\0", "", "auto", "auto"], NOT_A_NAME),
    "too few fields": ([GOOD], '"success": false'),
    "no fields": ([], '"success": false'),
}
"""The fields of the form as no form sends them: what is said by the page, or by Gradio before the page hears of it."""
