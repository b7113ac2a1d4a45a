/* SPDX-License-Identifier: MIT */
/* Mappings from a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/gamepad/mapping_text.h"
#include "tools/tool.h"

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
