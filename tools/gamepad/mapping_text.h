/* SPDX-License-Identifier: MIT */
/*
 * Descriptions of pads in the words of SDL_GAMECONTROLLERCONFIG: bytes in, a
 * table out. A line describes one model:
 *
 *   GUID,NAME,platform:Linux,a:b0,leftx:a0,dpup:h0.1,lefttrigger:+a2,...
 *
 * Empty lines, lines that start with # and lines for other platforms are left
 * out, and so are elements that have no place in a pad.
 */
#ifndef SEALMEM_TOOLS_MAPPING_TEXT_H
#define SEALMEM_TOOLS_MAPPING_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than this is refused. */
#define MAPPING_TEXT_MAX	(4u << 20)
#define MAPPING_COUNT_MAX	16384u
#define MAPPING_GUID_SIZE	16
#define MAPPING_NAME_SIZE	64

/* Of a pad: the standard's 17 buttons, and 11 more that have names. */
#define MAPPING_STANDARD	17
#define MAPPING_TOUCHPAD	17
#define MAPPING_BUTTONS		28
#define MAPPING_AXES		4

/* Of a device, more than any can have; a button is a key, 0 to KEY_MAX. */
#define MAPPING_BUTTON_MAX	767
#define MAPPING_AXIS_MAX	63
#define MAPPING_HAT_MAX		3

enum mapping_input {
	MAPPING_NOTHING = 0,
	MAPPING_BUTTON,
	MAPPING_AXIS,
	MAPPING_HAT,
};

enum mapping_half {
	MAPPING_WHOLE = 0,
	MAPPING_LOWER,
	MAPPING_UPPER,
};

/**
 * struct mapping_source - A control of the device
 * @input: What it is
 * @half: What part of an axis
 * @inverted: An axis is read from its end
 * @hat: Of a hat: 1 up, 2 right, 4 down or 8 left
 * @number: The how manieth button, axis or hat of the device it is, from 0
 */
struct mapping_source {
	enum mapping_input input;
	enum mapping_half half;
	bool inverted;
	uint8_t hat;
	uint16_t number;
};

/**
 * struct mapping - One model of pad
 * @guid: Which: bus, 0, vendor, 0, product, 0, version, 0 as little-endian
 *	words; or bus, 0 and the first 11 bytes of the name. The second word of
 *	the text, a checksum of the name, is dropped
 * @name: What to call it: any bytes but zero
 * @buttons: Of the pad, in its order; then touchpad, misc1, paddle1 to
 *	paddle4, misc2 to misc6
 * @axes: Of the pad, each as a whole; if there is nothing:
 * @uppers: what moves it towards 1, and
 * @lowers: what moves it towards -1
 */
struct mapping {
	uint8_t guid[MAPPING_GUID_SIZE];
	char name[MAPPING_NAME_SIZE];
	struct mapping_source buttons[MAPPING_BUTTONS];
	struct mapping_source axes[MAPPING_AXES];
	struct mapping_source uppers[MAPPING_AXES];
	struct mapping_source lowers[MAPPING_AXES];
};

/** struct mapping_table - All of them; { 0 } is the empty table */
struct mapping_table {
	struct mapping *mappings;
	size_t count;
};

/** struct mapping_error - What is wrong with a text, and in what line, from 1 */
struct mapping_error {
	size_t line;
	const char *what;
};

/*
 * Adds what @text describes; of two descriptions of a model the later counts.
 * 0, or -EINVAL or -E2BIG with @ret_error, or -ENOMEM; the table is then as it
 * was before.
 */
int mapping_table_add_text(struct mapping_table *table, const char *text,
			   size_t size, struct mapping_error *ret_error);

/*
 * What is said of this version of the model, or else of another version; NULL
 * if there is neither. @guid has 0 where the checksum would be.
 */
const struct mapping *mapping_table_find(const struct mapping_table *table,
					 const uint8_t guid[MAPPING_GUID_SIZE]);

void mapping_table_free(struct mapping_table *table);

/*
 * Adds what is in a file. False, and the table is as it was before, after a
 * line that says what is wrong, and where.
 */
bool mapping_table_read_file(struct mapping_table *table, const char *path);

/*
 * What is in a file (NULL: none), and then, which counts more, what is in
 * SDL_GAMECONTROLLERCONFIG. NULL after a line that says what is wrong.
 */
struct mapping_table *mapping_table_open(const char *path);

/* NULL is accepted. */
void mapping_table_close(struct mapping_table *table);

#endif
