/* SPDX-License-Identifier: MIT */
/*
 * Reaches mapping_table_add_text, mapping_table_find and mapping_table_free.
 *
 * Input: an even first byte is followed by the text as it is. An odd one is
 * followed by a byte for each piece of the text: one of the pieces below, or
 * the next byte itself.
 *
 * Oracles: a text is accepted if and only if each of its lines is, alone, and
 * the line that it is refused for is the first that is not; it adds what its
 * lines add, or nothing; what is accepted is in range and found again by its
 * GUID; written out, it is read as the same.
 */
#include <errno.h>

#include "fuzz.h"
#include "tools/gamepad/mapping_text.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define ROOM		4096

static const char *const pieces[] = {
	"030000005e0400008e02000014010000,", "Pad,", ",", ":", "\n", "a:b0,",
	"b:b", "x:", "leftx:a0,", "+lefty:+a", "-righty:-a1~,", "dpup:h0.1,",
	"dpleft:h", ".8", "lefttrigger:+a2,", "righttrigger:", "misc1:b12,",
	"touchpad:b13,", "paddle4:", "platform:Linux,", "platform:Windows,",
	"crc:1234,", "hint:SDL_GAMECONTROLLER_USE_BUTTON_LABELS:=1,", "#",
	" ", "~", "+", "-", "767", "63", "9", "3",
};

static const char *const buttons[MAPPING_BUTTONS] = {
	"a", "b", "x", "y", "leftshoulder", "rightshoulder", "lefttrigger",
	"righttrigger", "back", "start", "leftstick", "rightstick", "dpup",
	"dpdown", "dpleft", "dpright", "guide", "touchpad", "misc1", "paddle1",
	"paddle2", "paddle3", "paddle4", "misc2", "misc3", "misc4", "misc5",
	"misc6",
};

static const char *const axes[MAPPING_AXES] = {
	"leftx", "lefty", "rightx", "righty",
};

/* ---- writing out -------------------------------------------------------- */

static void write_source(char *line, const char *sign, const char *name,
			 const struct mapping_source *source)
{
	static const char *const halves[] = { "", "-", "+" };
	char *end = line + strlen(line);

	FUZZ_CHECK((unsigned int)source->half < COUNT(halves));
	switch (source->input) {
	case MAPPING_NOTHING:
		return;
	case MAPPING_BUTTON:
		FUZZ_CHECK(source->number <= MAPPING_BUTTON_MAX);
		sprintf(end, "%s%s:b%u,", sign, name, source->number);
		return;
	case MAPPING_AXIS:
		FUZZ_CHECK(source->number <= MAPPING_AXIS_MAX);
		sprintf(end, "%s%s:%sa%u%s,", sign, name, halves[source->half],
			source->number, source->inverted ? "~" : "");
		return;
	case MAPPING_HAT:
		FUZZ_CHECK(source->number <= MAPPING_HAT_MAX);
		FUZZ_CHECK(source->hat == 1 || source->hat == 2 ||
			   source->hat == 4 || source->hat == 8);
		sprintf(end, "%s%s:h%u.%u,", sign, name, source->number,
			source->hat);
		return;
	}
	FUZZ_CHECK(!"one of the four");
}

static void write_line(const struct mapping *mapping, char line[ROOM])
{
	for (size_t i = 0; i < MAPPING_GUID_SIZE; i++)
		sprintf(line + 2 * i, "%02x", mapping->guid[i]);
	sprintf(line + strlen(line), ",%s,", mapping->name);
	for (size_t i = 0; i < MAPPING_BUTTONS; i++)
		write_source(line, "", buttons[i], &mapping->buttons[i]);
	for (size_t i = 0; i < MAPPING_AXES; i++) {
		write_source(line, "", axes[i], &mapping->axes[i]);
		write_source(line, "+", axes[i], &mapping->uppers[i]);
		write_source(line, "-", axes[i], &mapping->lowers[i]);
	}
}

static bool is_source(const struct mapping_source *a,
		      const struct mapping_source *b)
{
	return a->input == b->input && a->half == b->half &&
	       a->inverted == b->inverted && a->hat == b->hat &&
	       a->number == b->number;
}

static void check_same(const struct mapping *a, const struct mapping *b)
{
	FUZZ_CHECK(!memcmp(a->guid, b->guid, MAPPING_GUID_SIZE));
	for (size_t i = 0; i < MAPPING_BUTTONS; i++)
		FUZZ_CHECK(is_source(&a->buttons[i], &b->buttons[i]));
	for (size_t i = 0; i < MAPPING_AXES; i++) {
		FUZZ_CHECK(is_source(&a->axes[i], &b->axes[i]));
		FUZZ_CHECK(is_source(&a->uppers[i], &b->uppers[i]));
		FUZZ_CHECK(is_source(&a->lowers[i], &b->lowers[i]));
	}
}

/* A name that was cut may end in a blank, which is none of the next one. */
static void check_again(const struct mapping *mapping)
{
	struct mapping_table table = { 0 };
	struct mapping_error error;
	char line[ROOM] = "";

	FUZZ_CHECK(memchr(mapping->name, '\0', MAPPING_NAME_SIZE));
	FUZZ_CHECK(mapping->guid[2] == 0 && mapping->guid[3] == 0);
	write_line(mapping, line);
	FUZZ_CHECK(!mapping_table_add_text(&table, line, strlen(line), &error));
	FUZZ_CHECK(table.count == 1);
	check_same(mapping, &table.mappings[0]);
	FUZZ_CHECK(!strncmp(mapping->name, table.mappings[0].name,
			    strlen(table.mappings[0].name)));
	mapping_table_free(&table);
}

/* ---- line by line ------------------------------------------------------- */

/* The first line that is refused, or 0; the others add to @table. */
static size_t add_line_by_line(struct mapping_table *table, const char *text,
			       size_t size)
{
	struct mapping_error error;
	size_t line = 0, length;

	for (size_t at = 0; at < size; at += length + 1) {
		const char *end = memchr(text + at, '\n', size - at);

		line++;
		length = end ? (size_t)(end - text) - at : size - at;
		if (mapping_table_add_text(table, text + at, length, &error))
			return line;
	}
	return 0;
}

static void check_text(const char *text, size_t size)
{
	struct mapping_table whole = { 0 }, lines = { 0 };
	struct mapping_error error;
	int ret = mapping_table_add_text(&whole, text, size, &error);
	size_t refused = add_line_by_line(&lines, text, size);

	FUZZ_CHECK(ret == (refused ? -EINVAL : 0));
	if (ret) {
		FUZZ_CHECK(error.line == refused && error.what);
		FUZZ_CHECK(whole.count == 0);
	} else {
		FUZZ_CHECK(whole.count == lines.count);
	}
	for (size_t i = 0; i < whole.count; i++) {
		check_same(&whole.mappings[i], &lines.mappings[i]);
		check_again(&whole.mappings[i]);
		FUZZ_CHECK(mapping_table_find(&whole,
					      whole.mappings[i].guid));
	}
	mapping_table_free(&whole);
	mapping_table_free(&lines);
}

static void build(struct fuzz_input *input)
{
	char text[ROOM] = "";
	size_t size = 0;

	while (input->size > 0 && size < sizeof(text) - 64) {
		uint64_t piece = fuzz_take(input, 1);

		if (piece >= COUNT(pieces)) {
			text[size++] = (char)fuzz_take(input, 1);
			continue;
		}
		memcpy(text + size, pieces[piece], strlen(pieces[piece]));
		size += strlen(pieces[piece]);
	}
	check_text(text, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };

	if (fuzz_take(&input, 1) % 2 == 0)
		check_text((const char *)input.data, input.size);
	else
		build(&input);
	return 0;
}
