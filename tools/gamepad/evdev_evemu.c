/* SPDX-License-Identifier: MIT */
/* The parser of recordings: strict, since what it reads comes from anywhere. */
#include <errno.h>
#include <linux/input.h>
#include <stdlib.h>
#include <string.h>

#include "tools/gamepad/evdev_evemu.h"

/* libevdev makes room for as many fingers as this axis says. */
#define SLOTS_MAX	64

/**
 * struct parser - How far it came
 * @at: The rest of the line
 * @end: Its end
 * @line: Its number, from 1
 * @problem: The first one
 * @evemu: What was read
 * @room: For events
 * @last_us: Time of the last event
 * @next_bit: Of each type's codes, and at the end of the properties
 * @axes: Said to be there by a B: line
 * @ranges: Said what they are by an A: line
 * @named: There was an N: line
 * @identified: There was an I: line
 */
struct parser {
	const char *at;
	const char *end;
	size_t line;
	const char *problem;
	struct evemu evemu;
	size_t room;
	uint64_t last_us;
	unsigned int next_bit[EV_CNT + 1];
	uint64_t axes;
	uint64_t ranges;
	bool named;
	bool identified;
};

static bool wrong(struct parser *parser, const char *problem)
{
	parser->problem = problem;
	return false;
}

static void skip_blanks(struct parser *parser)
{
	while (parser->at < parser->end &&
	       (*parser->at == ' ' || *parser->at == '\t'))
		parser->at++;
}

/* The value of a digit, or something above all bases. */
static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* Digits up to the first that is none; false if there is none, or too many. */
static bool take_digits(struct parser *parser, int base, uint64_t max,
			uint64_t *ret_number)
{
	const char *start = parser->at;
	uint64_t number = 0;

	for (; parser->at < parser->end; parser->at++) {
		int digit = digit_value(*parser->at);

		if (digit >= base)
			break;
		number = number * (uint64_t)base + (uint64_t)digit;
		if (number > max)
			return false;
	}
	*ret_number = number;
	return parser->at > start;
}

static bool take_hex(struct parser *parser, unsigned int max,
		     unsigned int *ret_number)
{
	uint64_t number;

	skip_blanks(parser);
	if (!take_digits(parser, 16, max, &number))
		return wrong(parser, "a hexadecimal number is missing, or too "
				     "large");
	*ret_number = (unsigned int)number;
	return true;
}

/* A signed 32-bit number. */
static bool take_value(struct parser *parser, int *ret_value)
{
	uint64_t number;
	bool negative;

	skip_blanks(parser);
	negative = parser->at < parser->end && *parser->at == '-';
	parser->at += negative;
	if (!take_digits(parser, 10, (uint64_t)INT32_MAX + negative, &number))
		return wrong(parser, "a number is missing, or beyond 32 bits");
	*ret_value = (int)(negative ? -(int64_t)number : (int64_t)number);
	return true;
}

/* Nothing is left but, perhaps, a remark. */
static bool at_end(struct parser *parser)
{
	const char *before = parser->at;

	skip_blanks(parser);
	if (parser->at == parser->end)
		return true;
	if (*parser->at == '#' && parser->at > before)
		return true;
	return wrong(parser, "there is more in the line than belongs there");
}

static bool take_name(struct parser *parser)
{
	char name[EVEMU_NAME_MAX + 1] = { 0 };
	size_t size = (size_t)(parser->end - parser->at);

	if (parser->named)
		return wrong(parser, "a second N: line");
	if (size > EVEMU_NAME_MAX || memchr(parser->at, 0, size))
		return wrong(parser, "not a name of at most 255 bytes");
	memcpy(name, parser->at, size);
	libevdev_set_name(parser->evemu.device, name);
	return parser->named = true;
}

static bool take_identity(struct parser *parser)
{
	struct libevdev *device = parser->evemu.device;
	unsigned int numbers[4];

	if (parser->identified)
		return wrong(parser, "a second I: line");
	for (int i = 0; i < 4; i++)
		if (!take_hex(parser, UINT16_MAX, &numbers[i]))
			return false;
	libevdev_set_id_bustype(device, (int)numbers[0]);
	libevdev_set_id_vendor(device, (int)numbers[1]);
	libevdev_set_id_product(device, (int)numbers[2]);
	libevdev_set_id_version(device, (int)numbers[3]);
	parser->identified = true;
	return at_end(parser);
}

static bool enable_property(struct parser *parser, unsigned int bit)
{
	return libevdev_enable_property(parser->evemu.device, bit) == 0 ||
	       wrong(parser, "there is no such property");
}

int evemu_max(unsigned int type)
{
	return type == EV_SYN ? EV_MAX : libevdev_event_type_get_max(type);
}

static bool enable_code(struct parser *parser, unsigned int type,
			unsigned int code)
{
	struct libevdev *device = parser->evemu.device;
	int repeat = 0;

	if ((int)code > evemu_max(type))
		return wrong(parser, "there is no such type or code");
	/* Types of which it is known that there is no code bring nothing. */
	if (type == EV_SYN)
		return libevdev_event_type_get_max(code) < 0 ||
		       libevdev_enable_event_type(device, code) == 0;
	/* The range of an axis is in another line, so it waits for that. */
	if (type == EV_ABS) {
		parser->axes |= 1ull << code;
		return true;
	}
	return libevdev_enable_event_code(device, type, code,
					  type == EV_REP ? &repeat : NULL) == 0;
}

/* Eight bits a byte, the lowest first, from where the last line stopped. */
static bool take_bits(struct parser *parser, unsigned int type)
{
	unsigned int byte;

	for (int i = 0; i < 8; i++) {
		unsigned int first = parser->next_bit[type];

		if (!take_hex(parser, UINT8_MAX, &byte))
			return false;
		for (unsigned int bit = first; byte; bit++, byte >>= 1) {
			if (!(byte & 1))
				continue;
			if (type == EV_CNT ? !enable_property(parser, bit) :
					     !enable_code(parser, type, bit))
				return false;
		}
		/* Not even the keys have so many. */
		if (first < UINT16_MAX)
			parser->next_bit[type] = first + 8;
	}
	return at_end(parser);
}

static bool take_codes(struct parser *parser)
{
	unsigned int type;

	return take_hex(parser, EV_MAX, &type) && take_bits(parser, type);
}

static bool take_axis(struct parser *parser)
{
	struct input_absinfo info = { 0 };
	int *members[] = { &info.minimum, &info.maximum, &info.fuzz,
			   &info.flat, &info.resolution };
	unsigned int axis;

	if (!take_hex(parser, ABS_MAX, &axis))
		return false;
	for (int i = 0; i < 5; i++)
		if (!take_value(parser, members[i]))
			return false;
	if (parser->ranges >> axis & 1)
		return wrong(parser, "a second A: line of this axis");
	if (axis == ABS_MT_SLOT &&
	    (info.maximum < 0 || info.maximum >= SLOTS_MAX))
		return wrong(parser, "a surface for 1 to 64 fingers, please");
	if (libevdev_enable_event_code(parser->evemu.device, EV_ABS, axis,
				       &info) < 0)
		return wrong(parser, "there is no such axis");
	parser->ranges |= 1ull << axis;
	return at_end(parser);
}

/* L: and S: lines, of a code that a B: line has brought. */
static bool take_state(struct parser *parser, unsigned int type)
{
	unsigned int code;
	int value;

	if (!take_hex(parser, UINT16_MAX, &code) ||
	    !take_value(parser, &value))
		return false;
	if (libevdev_set_event_value(parser->evemu.device, type, code,
				     value) < 0)
		return wrong(parser, "the device has no such LED or switch");
	return at_end(parser);
}

static bool take_time(struct parser *parser, struct input_event *event)
{
	uint64_t seconds, micros, time_us;
	const char *dot;

	skip_blanks(parser);
	if (!take_digits(parser, 10, INT32_MAX, &seconds) ||
	    parser->at == parser->end || *parser->at != '.')
		return wrong(parser, "the time is not seconds.microseconds");
	dot = parser->at++;
	if (!take_digits(parser, 10, 999999, &micros) ||
	    parser->at - dot != 7)
		return wrong(parser, "the time is not seconds.microseconds");
	time_us = seconds * 1000000 + micros;
	if (time_us < parser->last_us)
		return wrong(parser, "time goes back");
	parser->last_us = time_us;
	event->input_event_sec = (__typeof__(event->input_event_sec))seconds;
	event->input_event_usec = (__typeof__(event->input_event_usec))micros;
	return true;
}

static bool add_event(struct parser *parser, const struct input_event *event)
{
	struct evemu *evemu = &parser->evemu;
	struct input_event *events;

	if (evemu->event_count == EVEMU_EVENTS_MAX)
		return wrong(parser, "more than 1048576 events");
	if (evemu->event_count == parser->room) {
		parser->room = parser->room ? 2 * parser->room : 256;
		events = realloc(evemu->events,
				 parser->room * sizeof(*events));
		if (!events)
			return wrong(parser, NULL);
		evemu->events = events;
	}
	evemu->events[evemu->event_count++] = *event;
	return true;
}

/* Any type and code: devices send what they never said they would. */
static bool take_event(struct parser *parser)
{
	struct input_event event = { 0 };
	unsigned int type, code;

	if (!take_time(parser, &event) ||
	    !take_hex(parser, UINT16_MAX, &type) ||
	    !take_hex(parser, UINT16_MAX, &code) ||
	    !take_value(parser, &event.value) || !at_end(parser))
		return false;
	event.type = (__u16)type;
	event.code = (__u16)code;
	return add_event(parser, &event);
}

static bool take_line(struct parser *parser)
{
	char kind;

	if (parser->at == parser->end || *parser->at == '#')
		return true;
	kind = *parser->at;
	if (parser->end - parser->at < 3 || memcmp(parser->at + 1, ": ", 2))
		return wrong(parser, "not a line of a recording");
	parser->at += 3;
	if (kind == 'E')
		return take_event(parser);
	if (parser->evemu.event_count)
		return wrong(parser, "after an event only events follow");
	switch (kind) {
	case 'N':
		return take_name(parser);
	case 'I':
		return take_identity(parser);
	case 'P':
		return take_bits(parser, EV_CNT);
	case 'B':
		return take_codes(parser);
	case 'A':
		return take_axis(parser);
	case 'L':
		return take_state(parser, EV_LED);
	case 'S':
		return take_state(parser, EV_SW);
	default:
		return wrong(parser, "not a line of a recording");
	}
}

static bool take_lines(struct parser *parser, const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));

		parser->line++;
		if (!newline)
			return wrong(parser, "the text ends inside of a line");
		parser->at = text;
		parser->end = newline;
		if (newline > text && newline[-1] == '\r')
			parser->end--;
		if (!take_line(parser))
			return false;
		text = newline + 1;
	}
	if (!parser->named || !parser->identified)
		return wrong(parser, "no N: and I: line: not a recording");
	return parser->axes == parser->ranges ||
	       wrong(parser, "the axes of B: 03 are not those of A: lines");
}

int evemu_parse(const char *text, size_t size, struct evemu *ret_evemu,
		struct evemu_error *ret_error)
{
	struct parser parser = { .evemu.device = libevdev_new() };

	if (!parser.evemu.device)
		return -ENOMEM;
	if (size > EVEMU_SIZE_MAX)
		wrong(&parser, "more than 64 MiB");
	else if (take_lines(&parser, text, size)) {
		*ret_evemu = parser.evemu;
		return 0;
	}
	evemu_free(&parser.evemu);
	if (!parser.problem)
		return -ENOMEM;
	*ret_error = (struct evemu_error){ parser.line, parser.problem };
	return -EBADMSG;
}

void evemu_free(struct evemu *evemu)
{
	libevdev_free(evemu->device);
	free(evemu->events);
	*evemu = (struct evemu){ 0 };
}
