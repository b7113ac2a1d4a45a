/* SPDX-License-Identifier: MIT */
/* Recordings in files: written line by line, and read as a whole. */
#include <errno.h>
#include <linux/input.h>
#include <stdlib.h>
#include <string.h>

#include "tools/gamepad/evdev_evemu.h"
#include "tools/text.h"
#include "tools/tool.h"

/* ---- written ------------------------------------------------------------ */

static bool has_code(const struct libevdev *device, unsigned int type,
		     unsigned int code)
{
	/* "Codes" of type 0 are the types, as for EVIOCGBIT. */
	return type == EV_SYN ? libevdev_has_event_type(device, code) :
				libevdev_has_event_code(device, type, code);
}

static void write_codes(FILE *file, const struct libevdev *device,
			unsigned int type)
{
	int max = evemu_max(type);

	for (int first = 0; first <= max; first += 64) {
		fprintf(file, "B: %02x", type);
		for (int byte = 0; byte < 8; byte++) {
			unsigned int bits = 0;

			for (int bit = 0; bit < 8; bit++) {
				int code = first + 8 * byte + bit;

				if (code <= max &&
				    has_code(device, type, (unsigned int)code))
					bits |= 1u << bit;
			}
			fprintf(file, " %02x", bits);
		}
		fputc('\n', file);
	}
}

static void write_properties(FILE *file, const struct libevdev *device)
{
	fprintf(file, "P:");
	for (unsigned int first = 0; first < 64; first += 8) {
		unsigned int bits = 0;

		for (unsigned int bit = 0; bit < 8; bit++)
			if (libevdev_has_property(device, first + bit))
				bits |= 1u << bit;
		fprintf(file, " %02x", bits);
	}
	fputc('\n', file);
}

static void write_axes(FILE *file, const struct libevdev *device)
{
	for (unsigned int axis = 0; axis < ABS_CNT; axis++) {
		const struct input_absinfo *info =
			libevdev_get_abs_info(device, axis);

		if (info)
			fprintf(file, "A: %02x %d %d %d %d %d\n", axis,
				info->minimum, info->maximum, info->fuzz,
				info->flat, info->resolution);
	}
}

static void write_states(FILE *file, const struct libevdev *device,
			 char letter, unsigned int type)
{
	int max = libevdev_event_type_get_max(type), value;

	for (int code = 0; code <= max; code++)
		if (libevdev_fetch_event_value(device, type,
					       (unsigned int)code, &value))
			fprintf(file, "%c: %02x %d\n", letter,
				(unsigned int)code, value);
}

void evemu_write_device(FILE *file, const struct libevdev *device)
{
	char name[EVEMU_NAME_MAX + 1];

	text_clean(libevdev_get_name(device), name, sizeof(name));
	fprintf(file, "# EVEMU 1.3\nN: %s\nI: %04x %04x %04x %04x\n", name,
		(unsigned int)libevdev_get_id_bustype(device),
		(unsigned int)libevdev_get_id_vendor(device),
		(unsigned int)libevdev_get_id_product(device),
		(unsigned int)libevdev_get_id_version(device));
	write_properties(file, device);
	for (unsigned int type = 0; type < EV_CNT; type++)
		write_codes(file, device, type);
	write_axes(file, device);
	write_states(file, device, 'L', EV_LED);
	write_states(file, device, 'S', EV_SW);
}

void evemu_write_event(FILE *file, const struct input_event *event)
{
	const char *code = libevdev_event_code_get_name(event->type,
							event->code);
	const char *type = libevdev_event_type_get_name(event->type);

	fprintf(file, "E: %lu.%06u %04x %04x %04d\t# %s / %s\n",
		(unsigned long)event->input_event_sec,
		(unsigned int)event->input_event_usec, event->type,
		event->code, event->value, type ?: "?", code ?: "?");
}

/* ---- read --------------------------------------------------------------- */

uint64_t evemu_time_us(const struct input_event *event)
{
	return (uint64_t)event->input_event_sec * 1000000 +
	       (uint64_t)event->input_event_usec;
}

/* One byte more than may be, so that a file that is too large is seen. */
static char *read_all(FILE *file, size_t *ret_size)
{
	size_t room = 1u << 16, size = 0, got;
	char *text = malloc(room), *more = text;

	while (more && (got = fread(text + size, 1, room - size, file)) > 0) {
		size += got;
		if (size < room || room > EVEMU_SIZE_MAX)
			continue;
		more = realloc(text, 2 * room);
		text = more ?: text;
		room *= 2;
	}
	*ret_size = size;
	if (more && !ferror(file))
		return text;
	free(text);
	return NULL;
}

static int parse_file(FILE *file, struct evemu *ret_evemu,
		      struct evemu_error *ret_error)
{
	size_t size;
	char *text = read_all(file, &size); /* or errno */
	int ret = text ? evemu_parse(text, size, ret_evemu, ret_error) :
			 -errno;

	free(text);
	return ret;
}

bool evemu_load(const char *path, struct evemu *ret_evemu)
{
	struct evemu_error error = { 0 };
	FILE *file = fopen(path, "re");
	int ret = file ? parse_file(file, ret_evemu, &error) : -errno;

	if (file)
		fclose(file);
	if (ret == -EBADMSG)
		tool_say("%s: line %zu: %s", path, error.line, error.problem);
	else if (ret < 0)
		tool_say("cannot read %s: %s", path, strerror(-ret));
	return ret == 0;
}

/* Letters and digits. Media keys and the like are what pads have, too. */
bool evemu_can_type(const struct libevdev *device)
{
	for (unsigned int key = KEY_1; key <= KEY_SPACE; key++)
		if (libevdev_has_event_code(device, EV_KEY, key))
			return true;
	return false;
}
