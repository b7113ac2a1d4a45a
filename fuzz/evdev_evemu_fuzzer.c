/* SPDX-License-Identifier: MIT */
/*
 * Reaches evemu_parse, evemu_write_device and evemu_write_event.
 *
 * Input: the text of a recording.
 *
 * Oracle: what is refused has a reason and a line, which is one of the text, and
 * leaves nothing; what is accepted has times that do not go back, and is written
 * as a text that is accepted, has the same events and is written the same again.
 */
#include <errno.h>

#include "fuzz.h"
#include "tools/gamepad/evdev_evemu.h"

struct text {
	char *bytes;
	size_t size;
};

static size_t lines_of(const char *text, size_t size)
{
	size_t lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

static void check_refusal(const char *text, size_t size, int ret,
			  const struct evemu *evemu,
			  const struct evemu_error *error)
{
	FUZZ_CHECK(ret == -EBADMSG || ret == -ENOMEM);
	FUZZ_CHECK(!evemu->device && !evemu->events && !evemu->event_count);
	FUZZ_CHECK(ret == -ENOMEM || error->problem);
	FUZZ_CHECK(error->line <= lines_of(text, size));
}

static struct text write_text(const struct evemu *evemu)
{
	struct text text = { 0 };
	FILE *file = open_memstream(&text.bytes, &text.size);

	FUZZ_CHECK(file);
	evemu_write_device(file, evemu->device);
	for (size_t i = 0; i < evemu->event_count; i++)
		evemu_write_event(file, &evemu->events[i]);
	FUZZ_CHECK(fclose(file) == 0);
	return text;
}

static void check_events(const struct evemu *evemu, const struct evemu *again)
{
	FUZZ_CHECK(evemu->event_count == again->event_count);
	for (size_t i = 0; i < evemu->event_count; i++) {
		const struct input_event *a = &evemu->events[i];
		const struct input_event *b = &again->events[i];

		FUZZ_CHECK(evemu_time_us(a) == evemu_time_us(b));
		FUZZ_CHECK(a->type == b->type && a->code == b->code &&
			   a->value == b->value);
		FUZZ_CHECK(!i || evemu_time_us(a) >= evemu_time_us(a - 1));
	}
}

static void check_round_trip(const struct evemu *evemu)
{
	struct text text = write_text(evemu), text_again;
	struct evemu_error error = { 0 };
	struct evemu again = { 0 };

	FUZZ_CHECK(evemu_parse(text.bytes, text.size, &again, &error) == 0);
	check_events(evemu, &again);
	text_again = write_text(&again);
	FUZZ_CHECK(text.size == text_again.size);
	FUZZ_CHECK(!memcmp(text.bytes, text_again.bytes, text.size));
	free(text_again.bytes);
	free(text.bytes);
	evemu_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct evemu_error error = { 0 };
	struct evemu evemu = { 0 };
	int ret = evemu_parse(text, size, &evemu, &error);

	if (ret < 0) {
		check_refusal(text, size, ret, &evemu, &error);
		return 0;
	}
	check_round_trip(&evemu);
	evemu_free(&evemu);
	return 0;
}
