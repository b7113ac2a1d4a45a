/* SPDX-License-Identifier: MIT */
/*
 * The parser of mapping_text.h. It keeps to spans of the text, which need no
 * end mark, so that there is nothing to run over. What is not understood is an
 * error, but for elements that other programs may know.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tools/gamepad/mapping_text.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* In a GUID. */
#define CHECKSUM_AT	2
#define VERSION_AT	12

/* A stretch of the text. */
struct span {
	const char *at;
	size_t size;
};

static const struct {
	const char *name;
	unsigned int button;
} buttons[] = {
	{ "a", 0 }, { "b", 1 }, { "x", 2 }, { "y", 3 },
	{ "leftshoulder", 4 }, { "rightshoulder", 5 },
	{ "lefttrigger", 6 }, { "righttrigger", 7 },
	{ "back", 8 }, { "start", 9 },
	{ "leftstick", 10 }, { "rightstick", 11 },
	{ "dpup", 12 }, { "dpdown", 13 }, { "dpleft", 14 }, { "dpright", 15 },
	{ "guide", 16 }, { "touchpad", MAPPING_TOUCHPAD }, { "misc1", 18 },
	{ "paddle1", 19 }, { "paddle2", 20 }, { "paddle3", 21 },
	{ "paddle4", 22 }, { "misc2", 23 }, { "misc3", 24 }, { "misc4", 25 },
	{ "misc5", 26 }, { "misc6", 27 },
};

static const char *const axes[MAPPING_AXES] = {
	"leftx", "lefty", "rightx", "righty",
};

/* ---- spans -------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct span trim(struct span span)
{
	while (span.size && is_blank(span.at[0])) {
		span.at++;
		span.size--;
	}
	while (span.size && is_blank(span.at[span.size - 1]))
		span.size--;
	return span;
}

static bool is_word(struct span span, const char *word)
{
	return span.size == strlen(word) &&
	       !strncasecmp(span.at, word, span.size);
}

/*
 * Cuts off what stands before the next @mark, and the mark; all there is if it
 * has none, which leaves a span that is at NULL.
 */
static struct span cut(struct span *rest, char mark)
{
	const char *end = rest->size ? memchr(rest->at, mark, rest->size) : NULL;
	struct span first = *rest;

	if (!end) {
		*rest = (struct span){ 0 };
		return trim(first);
	}
	first.size = (size_t)(end - first.at);
	rest->at = end + 1;
	rest->size -= first.size + 1;
	return trim(first);
}

/* ---- parts of a line ---------------------------------------------------- */

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Some collections have digits after the 32 that count. */
static const char *read_guid(struct span text, uint8_t guid[MAPPING_GUID_SIZE])
{
	for (size_t i = 0; i < text.size; i++) {
		int digit = hex_digit(text.at[i]);

		if (digit < 0)
			return "the GUID is not hexadecimal";
		if (i < 2 * MAPPING_GUID_SIZE)
			guid[i / 2] = (uint8_t)(guid[i / 2] << 4 | digit);
	}
	guid[CHECKSUM_AT] = guid[CHECKSUM_AT + 1] = 0;
	return text.size < 2 * MAPPING_GUID_SIZE ?
		       "the GUID has less than 32 digits" : NULL;
}

static const char *read_number(struct span *text, unsigned int max,
			       struct mapping_source *source)
{
	unsigned int number = 0;

	if (!text->size || !is_digit(text->at[0]))
		return "a control without its number";
	for (; text->size && is_digit(text->at[0]); text->at++, text->size--) {
		number = number * 10 + (unsigned int)(text->at[0] - '0');
		if (number > max)
			return "no device has that many controls";
	}
	source->number = (uint16_t)number;
	return NULL;
}

static const char *read_axis(struct span *text, struct mapping_source *source)
{
	const char *wrong = read_number(text, MAPPING_AXIS_MAX, source);

	if (!wrong && text->size && text->at[0] == '~') {
		source->inverted = true;
		text->at++;
		text->size--;
	}
	return wrong;
}

static const char *read_hat(struct span *text, struct mapping_source *source)
{
	const char *wrong = read_number(text, MAPPING_HAT_MAX, source);
	struct mapping_source direction;

	if (wrong)
		return wrong;
	if (!text->size || text->at[0] != '.')
		return "a hat without its direction";
	text->at++;
	text->size--;
	if (read_number(text, 8, &direction) || !direction.number ||
	    direction.number & (direction.number - 1))
		return "the direction of a hat is 1, 2, 4 or 8";
	source->hat = (uint8_t)direction.number;
	return NULL;
}

static enum mapping_half read_sign(struct span *text)
{
	if (!text->size || (text->at[0] != '+' && text->at[0] != '-'))
		return MAPPING_WHOLE;
	text->size--;
	return *text->at++ == '+' ? MAPPING_UPPER : MAPPING_LOWER;
}

/* b0, a0, +a0, -a0, a0~ or h0.1; nothing is a control that the pad lacks. */
static const char *read_source(struct span text, struct mapping_source *source)
{
	const char *wrong;
	char kind;

	*source = (struct mapping_source){ 0 };
	if (!text.size)
		return NULL;
	source->half = read_sign(&text);
	kind = text.size ? *text.at++ : '\0';
	text.size -= text.size > 0;
	if (source->half && kind != 'a')
		return "only axes have halves";
	source->input = kind == 'a' ? MAPPING_AXIS :
			kind == 'b' ? MAPPING_BUTTON :
			kind == 'h' ? MAPPING_HAT : MAPPING_NOTHING;
	if (source->input == MAPPING_AXIS)
		wrong = read_axis(&text, source);
	else if (source->input == MAPPING_HAT)
		wrong = read_hat(&text, source);
	else if (source->input == MAPPING_BUTTON)
		wrong = read_number(&text, MAPPING_BUTTON_MAX, source);
	else
		return "a control is a button b, an axis a or a hat h";
	return wrong ?: text.size ? "something follows a control" : NULL;
}

/* Where an element goes; NULL if it has no place in a pad. */
static struct mapping_source *find_place(struct mapping *mapping,
					 struct span name)
{
	enum mapping_half half = read_sign(&name);

	for (size_t i = 0; i < COUNT(buttons); i++)
		if (is_word(name, buttons[i].name))
			return &mapping->buttons[buttons[i].button];
	for (size_t i = 0; i < COUNT(axes); i++)
		if (is_word(name, axes[i]))
			return half == MAPPING_LOWER ? &mapping->lowers[i] :
			       half == MAPPING_UPPER ? &mapping->uppers[i] :
						       &mapping->axes[i];
	return NULL;
}

/*
 * With @ret_labels set the line goes by what is printed on the buttons, as
 * Nintendo does it: a on the right.
 */
static const char *read_element(struct mapping *mapping, struct span element,
				bool *ret_labels)
{
	struct span name = cut(&element, ':');
	struct mapping_source *place;

	if (!element.at)
		return name.size ? "an element without a colon" : NULL;
	element = trim(element);
	if (is_word(name, "hint") &&
	    is_word(element, "SDL_GAMECONTROLLER_USE_BUTTON_LABELS:=1"))
		*ret_labels = true;
	place = find_place(mapping, name);
	return place ? read_source(element, place) : NULL;
}

/* ---- lines -------------------------------------------------------------- */

static void swap(struct mapping_source *a, struct mapping_source *b)
{
	struct mapping_source old = *a;

	*a = *b;
	*b = old;
}

static const char *read_line(struct span line, struct mapping *mapping)
{
	struct span guid = cut(&line, ','), name = cut(&line, ',');
	bool by_label = false;
	const char *wrong;

	*mapping = (struct mapping){ 0 };
	wrong = read_guid(guid, mapping->guid);
	if (!wrong && !line.at)
		wrong = "a mapping is a GUID, a name and elements";
	if (name.size >= MAPPING_NAME_SIZE)
		name.size = MAPPING_NAME_SIZE - 1;
	if (name.size)
		memcpy(mapping->name, name.at, name.size);
	while (!wrong && line.at)
		wrong = read_element(mapping, cut(&line, ','), &by_label);
	if (by_label) {
		swap(&mapping->buttons[0], &mapping->buttons[1]);
		swap(&mapping->buttons[2], &mapping->buttons[3]);
	}
	return wrong;
}

/* A line that names no platform is for all. */
static bool is_for_us(struct span line)
{
	while (line.at) {
		struct span element = cut(&line, ',');
		struct span name = cut(&element, ':');

		if (element.at && is_word(name, "platform"))
			return is_word(trim(element), "Linux");
	}
	return true;
}

static int add(struct mapping_table *table, const struct mapping *mapping)
{
	/* Room for 64, 128, 256 and so on. */
	if (table->count < 64 ? !table->count :
				!(table->count & (table->count - 1))) {
		size_t room = table->count ? 2 * table->count : 64;
		void *mappings = realloc(table->mappings,
					 room * sizeof(*mapping));

		if (!mappings)
			return -ENOMEM;
		table->mappings = mappings;
	}
	table->mappings[table->count++] = *mapping;
	return 0;
}

static int add_line(struct mapping_table *table, struct span line,
		    struct mapping_error *error)
{
	struct mapping mapping;

	if (line.size && memchr(line.at, '\0', line.size)) {
		error->what = "a zero byte";
		return -EINVAL;
	}
	if (!line.size || line.at[0] == '#' || !is_for_us(line))
		return 0;
	error->what = read_line(line, &mapping);
	if (error->what)
		return -EINVAL;
	if (table->count == MAPPING_COUNT_MAX) {
		error->what = "more mappings than are taken";
		return -E2BIG;
	}
	return add(table, &mapping);
}

static int add_lines(struct mapping_table *table, struct span text,
		     struct mapping_error *error)
{
	int ret = 0;

	while (!ret && text.at) {
		error->line++;
		ret = add_line(table, cut(&text, '\n'), error);
	}
	return ret;
}

int mapping_table_add_text(struct mapping_table *table, const char *text,
			   size_t size, struct mapping_error *ret_error)
{
	size_t before = table->count;
	int ret;

	*ret_error = (struct mapping_error){ 0 };
	if (size > MAPPING_TEXT_MAX) {
		ret_error->what = "more text than is taken";
		return -E2BIG;
	}
	ret = add_lines(table, (struct span){ size ? text : NULL, size },
			ret_error);
	if (ret)
		table->count = before;
	return ret;
}

/* Bus, vendor, product and version, as opposed to a name. */
static bool has_version(const uint8_t guid[MAPPING_GUID_SIZE])
{
	return (guid[4] || guid[5]) && (guid[8] || guid[9]) && !guid[6] &&
	       !guid[7] && !guid[10] && !guid[11];
}

/* Without the version, but for the bit that tells the kernel's drivers apart. */
static bool is_same_model(const uint8_t a[MAPPING_GUID_SIZE],
			  const uint8_t b[MAPPING_GUID_SIZE])
{
	return !memcmp(a, b, VERSION_AT) &&
	       !((a[VERSION_AT + 1] ^ b[VERSION_AT + 1]) & 0x80) &&
	       !memcmp(a + VERSION_AT + 2, b + VERSION_AT + 2, 2);
}

const struct mapping *mapping_table_find(const struct mapping_table *table,
					 const uint8_t guid[MAPPING_GUID_SIZE])
{
	const struct mapping *mappings = table->mappings;

	for (size_t i = table->count; i > 0; i--)
		if (!memcmp(mappings[i - 1].guid, guid, MAPPING_GUID_SIZE))
			return &mappings[i - 1];
	if (!has_version(guid))
		return NULL;
	for (size_t i = table->count; i > 0; i--)
		if (is_same_model(mappings[i - 1].guid, guid))
			return &mappings[i - 1];
	return NULL;
}

void mapping_table_free(struct mapping_table *table)
{
	free(table->mappings);
	*table = (struct mapping_table){ 0 };
}
