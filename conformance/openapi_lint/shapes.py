"""The objects of OpenAPI 2.0 and 3.0 with their fields, from their specifications (spec.openapis.org).

A field is written `name`, or `name!` where it is required. A type is a JSON type; `Name` for an object below, `@Name`
where a reference may stand instead, `[…]` for a list, `+[…]` for one with items, `{…}` for a mapping with any keys,
`a|b` for one of two, `=a =b` for words.
"""

from __future__ import annotations

from collections.abc import Mapping

type Shapes = Mapping[str, Mapping[str, str]]

_LIMITS = {
    "multipleOf": "number",
    "maximum": "number",
    "exclusiveMaximum": "boolean",
    "minimum": "number",
    "exclusiveMinimum": "boolean",
    "maxLength": "natural",
    "minLength": "natural",
    "pattern": "string",
    "maxItems": "natural",
    "minItems": "natural",
    "uniqueItems": "boolean",
    "enum": "+[any]",
    "default": "any",
    "format": "string",
}

_SCHEMA = {
    **_LIMITS,
    "title": "string",
    "description": "string",
    "maxProperties": "natural",
    "minProperties": "natural",
    "required": "+[string]",
    "allOf": "[@Schema]",
    "properties": "{@Schema}",
    "additionalProperties": "boolean|@Schema",
    "readOnly": "boolean",
    "xml": "Xml",
    "externalDocs": "ExternalDocs",
    "example": "any",
}

_COMMON: Shapes = {
    "Info": {
        "title!": "string",
        "version!": "string",
        "description": "string",
        "termsOfService": "string",
        "contact": "Contact",
        "license": "License",
    },
    "Contact": {"name": "string", "url": "string", "email": "string"},
    "License": {"name!": "string", "url": "string"},
    "Tag": {"name!": "string", "description": "string", "externalDocs": "ExternalDocs"},
    "ExternalDocs": {"url!": "string", "description": "string"},
    "Xml": {"name": "string", "namespace": "string", "prefix": "string", "attribute": "boolean", "wrapped": "boolean"},
}

_OPERATION = {
    "tags": "[string]",
    "summary": "string",
    "description": "string",
    "externalDocs": "ExternalDocs",
    "operationId": "string",
    "parameters": "[@Parameter]",
    "responses!": "Responses",
    "deprecated": "boolean",
    "security": "[{[string]}]",
}

_METHODS_2 = ("get", "put", "post", "delete", "options", "head", "patch")

_PRIMITIVE_2 = {**_LIMITS, "items": "Items", "collectionFormat": "=csv =ssv =tsv =pipes =multi"}
_PRIMITIVE_TYPES = "=string =number =integer =boolean =array"

SWAGGER_2: Shapes = {
    **_COMMON,
    "Document": {
        "swagger!": "string",
        "info!": "Info",
        "host": "string",
        "basePath": "string",
        "schemes": "[=http =https =ws =wss]",
        "consumes": "[string]",
        "produces": "[string]",
        "paths!": "Paths",
        "definitions": "{Schema}",
        "parameters": "{Parameter}",
        "responses": "{@Response}",
        "securityDefinitions": "{SecurityScheme}",
        "security": "[{[string]}]",
        "tags": "[Tag]",
        "externalDocs": "ExternalDocs",
    },
    "PathItem": {"$ref": "string", "parameters": "[@Parameter]", **dict.fromkeys(_METHODS_2, "Operation")},
    "Operation": {
        **_OPERATION,
        "consumes": "[string]",
        "produces": "[string]",
        "schemes": "[=http =https =ws =wss]",
    },
    "Parameter": {
        **_PRIMITIVE_2,
        "name!": "string",
        "in!": "=body =header =query =path =formData",
        "description": "string",
        "required": "boolean",
        "schema": "@Schema",
        "type": f"{_PRIMITIVE_TYPES} =file",
        "allowEmptyValue": "boolean",
    },
    "Items": {**_PRIMITIVE_2, "type!": _PRIMITIVE_TYPES},
    "Header": {**_PRIMITIVE_2, "type!": _PRIMITIVE_TYPES, "description": "string"},
    "Response": {"description!": "string", "schema": "@Schema", "headers": "{Header}", "examples": "{any}"},
    "Schema": {
        **_SCHEMA,
        "$ref": "string",
        "type": "TypeOrTypes",
        "items": "@Schema|[@Schema]",
        "discriminator": "string",
    },
    "SecurityScheme": {
        "type!": "=basic =apiKey =oauth2",
        "description": "string",
        "name": "string",
        "in": "=header =query",
        "flow": "=implicit =password =application =accessCode",
        "authorizationUrl": "string",
        "tokenUrl": "string",
        "scopes": "{string}",
    },
}

_METHODS_3 = (*_METHODS_2, "trace")
_EXAMPLES_3 = {"example": "any", "examples": "{@Example}"}
_VALUE_3 = {"schema": "@Schema", "content": "{MediaType}", "explode": "boolean", **_EXAMPLES_3}
_FLAGS_3 = {"required": "boolean", "deprecated": "boolean", "allowEmptyValue": "boolean", "allowReserved": "boolean"}

OPENAPI_3: Shapes = {
    **_COMMON,
    "Document": {
        "openapi!": "string",
        "info!": "Info",
        "servers": "[Server]",
        "paths!": "Paths",
        "components": "Components",
        "security": "[{[string]}]",
        "tags": "[Tag]",
        "externalDocs": "ExternalDocs",
    },
    "Server": {"url!": "string", "description": "string", "variables": "{ServerVariable}"},
    "ServerVariable": {"default!": "string", "enum": "[string]", "description": "string"},
    "Components": {
        "schemas": "{@Schema}",
        "responses": "{@Response}",
        "parameters": "{@Parameter}",
        "examples": "{@Example}",
        "requestBodies": "{@RequestBody}",
        "headers": "{@Header}",
        "securitySchemes": "{@SecurityScheme}",
        "links": "{@Link}",
        "callbacks": "{@Callback}",
    },
    "PathItem": {
        "$ref": "string",
        "summary": "string",
        "description": "string",
        "servers": "[Server]",
        "parameters": "[@Parameter]",
        **dict.fromkeys(_METHODS_3, "Operation"),
    },
    "Operation": {
        **_OPERATION,
        "requestBody": "@RequestBody",
        "callbacks": "{@Callback}",
        "servers": "[Server]",
    },
    "Parameter": {
        "name!": "string",
        "in!": "=path =query =header =cookie",
        "description": "string",
        "style": "=matrix =label =simple =form =spaceDelimited =pipeDelimited =deepObject",
        **_FLAGS_3,
        **_VALUE_3,
    },
    "Header": {"description": "string", "style": "=simple", **_FLAGS_3, **_VALUE_3},
    "RequestBody": {"content!": "{MediaType}", "description": "string", "required": "boolean"},
    "MediaType": {"schema": "@Schema", "encoding": "{Encoding}", **_EXAMPLES_3},
    "Encoding": {
        "contentType": "string",
        "headers": "{@Header}",
        "style": "=form =spaceDelimited =pipeDelimited =deepObject",
        "explode": "boolean",
        "allowReserved": "boolean",
    },
    "Response": {
        "description!": "string",
        "headers": "{@Header}",
        "content": "{MediaType}",
        "links": "{@Link}",
    },
    "Callback": {},
    "Example": {"summary": "string", "description": "string", "value": "any", "externalValue": "string"},
    "Link": {
        "operationId": "string",
        "operationRef": "string",
        "parameters": "{any}",
        "requestBody": "any",
        "description": "string",
        "server": "Server",
    },
    "Schema": {
        **_SCHEMA,
        "type": "=array =boolean =integer =number =object =string",
        "items": "@Schema",
        "not": "@Schema",
        "oneOf": "[@Schema]",
        "anyOf": "[@Schema]",
        "nullable": "boolean",
        "discriminator": "Discriminator",
        "writeOnly": "boolean",
        "deprecated": "boolean",
    },
    "Discriminator": {"propertyName!": "string", "mapping": "{string}"},
    "SecurityScheme": {
        "type!": "=apiKey =http =oauth2 =openIdConnect",
        "description": "string",
        "name": "string",
        "in": "=header =query =cookie",
        "scheme": "string",
        "bearerFormat": "string",
        "flows": "OAuthFlows",
        "openIdConnectUrl": "string",
    },
    "OAuthFlows": dict.fromkeys(("implicit", "password", "clientCredentials", "authorizationCode"), "OAuthFlow"),
    "OAuthFlow": {
        "authorizationUrl": "string",
        "tokenUrl": "string",
        "refreshUrl": "string",
        "scopes!": "{string}",
    },
}
