/* SPDX-License-Identifier: MIT */
/*
 * Reaches inherit_text_parse and inherit_text_format.
 *
 * Input: an even first byte is followed by a text as it is, up to a zero or the
 * end. An odd one is followed by descriptor number (4 bytes), size and both
 * halves of the token (numbers), of which the library makes a text, and by
 * deviations: where (1 byte) and the byte to put there.
 *
 * Oracles: a text is accepted if and only if it is five fields of the forms that
 * <sealmem/inherit.h> describes, told apart here by comparing digits as text,
 * not by reading numbers; the reason given otherwise is that of the first field
 * that is wrong; a refusal writes nothing; what is accepted is what is written
 * for it; what was written is read as what it was.
 */
#include <inttypes.h>

#include "fuzz.h"
#include "lib/inherit_text.h"

#define FIELDS 5

static size_t count_fields(const char *text)
{
	size_t fields = 1;

	while ((text = strchr(text, ','))) {
		fields++;
		text++;
	}
	return fields;
}

/* Field number @index, without its comma; there is one. */
static void copy_field(const char *text, size_t index, char *ret_field)
{
	size_t size;

	while (index-- > 0)
		text = strchr(text, ',') + 1;
	size = strcspn(text, ",");
	memcpy(ret_field, text, size);
	ret_field[size] = '\0';
}

/* Of two numbers without leading zeros the longer is larger. */
static bool is_number(const char *field, const char *largest)
{
	size_t size = strlen(field);

	if (size == 0 || strspn(field, "0123456789") != size)
		return false;
	if (field[0] == '0' && size > 1)
		return false;
	if (size != strlen(largest))
		return size < strlen(largest);
	return strcmp(field, largest) <= 0;
}

static bool is_descriptor(const char *field)
{
	return is_number(field, "2147483647") && strcmp(field, "0") != 0 &&
	       strcmp(field, "1") != 0 && strcmp(field, "2") != 0;
}

static enum sealmem_refusal field_refusal(const char *field, size_t index)
{
	static const char largest[] = "18446744073709551615";

	switch (index) {
	case 0:
		return is_descriptor(field) ? SEALMEM_REFUSAL_NONE :
					      SEALMEM_REFUSAL_TEXT_DESCRIPTOR;
	case 1:
		return strcmp(field, "i") == 0 ? SEALMEM_REFUSAL_NONE :
						 SEALMEM_REFUSAL_TEXT_METHOD;
	case 4:
		return is_number(field, largest) ? SEALMEM_REFUSAL_NONE :
						   SEALMEM_REFUSAL_TEXT_SIZE;
	default:
		return is_number(field, largest) ? SEALMEM_REFUSAL_NONE :
						   SEALMEM_REFUSAL_TEXT_TOKEN;
	}
}

static enum sealmem_refusal find_refusal(const char *text)
{
	char field[SEALMEM_INHERIT_TEXT_SIZE];
	enum sealmem_refusal refusal = SEALMEM_REFUSAL_NONE;

	if (strlen(text) >= SEALMEM_INHERIT_TEXT_SIZE ||
	    count_fields(text) != FIELDS)
		return SEALMEM_REFUSAL_TEXT_FIELDS;
	for (size_t i = 0; i < FIELDS && refusal == SEALMEM_REFUSAL_NONE; i++) {
		copy_field(text, i, field);
		refusal = field_refusal(field, i);
	}
	return refusal;
}

static void check_accepted(const char *text, const struct sealmem_descriptor *d)
{
	char again[SEALMEM_INHERIT_TEXT_SIZE], printed[200];

	inherit_text_format(d, again);
	FUZZ_CHECK(strcmp(again, text) == 0);
	snprintf(printed, sizeof(printed),
		 "%d,i,%" PRIu64 ",%" PRIu64 ",%" PRIu64, d->fd, d->token.high,
		 d->token.low, d->size);
	FUZZ_CHECK(strcmp(printed, text) == 0);
}

static void check_text(const char *text)
{
	enum sealmem_refusal wanted = find_refusal(text), refusal;
	struct sealmem_descriptor d, before;

	memset(&before, 0xa5, sizeof(before));
	memcpy(&d, &before, sizeof(d));
	refusal = inherit_text_parse(text, &d);
	FUZZ_CHECK(refusal == wanted);
	FUZZ_CHECK(sealmem_refusal_text((uint32_t)refusal)[0] != '\0');
	if (refusal == SEALMEM_REFUSAL_NONE)
		check_accepted(text, &d);
	else
		FUZZ_CHECK(memcmp(&d, &before, sizeof(d)) == 0);
}

/* From a block of its own size, so that reading on is seen. */
static void check_exact(const char *bytes, size_t size)
{
	char *exact = malloc(size + 1);

	FUZZ_CHECK(exact);
	if (size > 0)
		memcpy(exact, bytes, size);
	exact[size] = '\0';
	check_text(exact);
	free(exact);
}

static void build(struct fuzz_input *input)
{
	struct sealmem_descriptor d = { 0 }, back = { 0 };
	char text[SEALMEM_INHERIT_TEXT_SIZE] = { 0 };

	d.fd = (int)(fuzz_take(input, 4) & INT32_MAX);
	d.size = fuzz_take_number(input);
	d.token.high = fuzz_take_number(input);
	d.token.low = fuzz_take_number(input);
	inherit_text_format(&d, text);
	if (d.fd >= SEALMEM_INHERIT_FD_MIN) {
		FUZZ_CHECK(inherit_text_parse(text, &back) ==
			   SEALMEM_REFUSAL_NONE);
		FUZZ_CHECK(back.fd == d.fd && back.size == d.size);
		FUZZ_CHECK(sealmem_token_equal(back.token, d.token));
	}
	for (int i = 0; i < 6 && input->size > 0; i++) {
		size_t where = fuzz_take(input, 1) % (strlen(text) + 1);

		text[where] = (char)fuzz_take(input, 1);
		text[sizeof(text) - 1] = '\0';
		if (strlen(text) == 0)
			break;
	}
	check_exact(text, strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };

	if (fuzz_take(&input, 1) % 2 == 0)
		check_exact((const char *)input.data, input.size);
	else
		build(&input);
	return 0;
}
