/* SPDX-License-Identifier: MIT */
/* Mappings from a file, and from the environment. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/gamepad/mapping_text.h"
#include "tools/tool.h"

/* Descriptions of pads, as SDL reads them. */
#define VARIABLE	"SDL_GAMECONTROLLERCONFIG"

/* One byte more than is taken, so that too much is seen to be too much. */
static char *read_all(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "re");
	char *text;

	if (!file) {
		tool_say("cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	text = malloc(MAPPING_TEXT_MAX + 1);
	if (text)
		*ret_size = fread(text, 1, MAPPING_TEXT_MAX + 1, file);
	if (!text || ferror(file)) {
		tool_say("cannot read %s: %s", path, strerror(errno));
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

bool mapping_table_read_file(struct mapping_table *table, const char *path)
{
	struct mapping_error error;
	size_t size;
	char *text = read_all(path, &size);
	int ret;

	if (!text)
		return false;
	ret = mapping_table_add_text(table, text, size, &error);
	free(text);
	if (ret && error.line)
		tool_say("%s:%zu: %s", path, error.line,
			 error.what ?: strerror(-ret));
	else if (ret)
		tool_say("%s: %s", path, error.what);
	return !ret;
}

/* What a user says in the environment counts more than what a file says. */
static bool add_variable(struct mapping_table *table)
{
	const char *text = getenv(VARIABLE);
	struct mapping_error error = { 0 };
	int ret;

	if (!text)
		return true;
	ret = mapping_table_add_text(table, text, strlen(text), &error);
	if (ret < 0)
		tool_say(VARIABLE ": line %zu: %s", error.line,
			 ret == -ENOMEM || !error.what ? strerror(-ret) :
							 error.what);
	return ret == 0;
}

struct mapping_table *mapping_table_open(const char *path)
{
	struct mapping_table *table = calloc(1, sizeof(*table));

	if (!table) {
		tool_say("out of memory");
		return NULL;
	}
	if ((!path || mapping_table_read_file(table, path)) &&
	    add_variable(table))
		return table;
	mapping_table_free(table);
	free(table);
	return NULL;
}

void mapping_table_close(struct mapping_table *table)
{
	if (table)
		mapping_table_free(table);
	free(table);
}
