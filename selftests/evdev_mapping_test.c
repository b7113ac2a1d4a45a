/* SPDX-License-Identifier: MIT */
/* Descriptions of pads as text: what is one, what is none, and any bytes. */
#include "harness.h"
#include "tools/gamepad/mapping_text.h"

#define GUID	"030000005e0400008e02000014010000"

static const uint8_t guid[MAPPING_GUID_SIZE] = {
	3, 0, 0, 0, 0x5e, 4, 0, 0, 0x8e, 2, 0, 0, 0x14, 1, 0, 0,
};

static const char whole_line[] = GUID ",Small Pad,platform:Linux,a:b0,b:b1,"
	"leftx:a0,lefty:a1~,+rightx:+a3,-rightx:-a4~,dpup:h0.1,lefttrigger:+a2,"
	"hint:A:=1,crc:1234,type:xbox,face:abxy,\n";

static int add(struct mapping_table *table, const char *text, size_t size,
	       struct mapping_error *error)
{
	/* A copy of just this size, so that a sanitizer sees what is beyond. */
	char *copy = malloc(size + !size);
	int ret;

	memcpy(copy, text, size);
	ret = mapping_table_add_text(table, copy, size, error);
	free(copy);
	return ret;
}

static int add_text(struct mapping_table *table, const char *text)
{
	struct mapping_error error;

	return add(table, text, strlen(text), &error);
}

static void expect_source(const struct mapping_source *source,
			  enum mapping_input input, unsigned int number)
{
	EXPECT_EQ(input, source->input);
	EXPECT_EQ(number, source->number);
}

/* The mapping of a line with these elements; the table is the caller's. */
static const struct mapping *read_elements(struct mapping_table *table,
					   const char *elements)
{
	char line[512];

	snprintf(line, sizeof(line), GUID ",Pad,%s", elements);
	ASSERT_OK(add_text(table, line));
	ASSERT_EQ(1, table->count);
	return &table->mappings[0];
}

/* ---- what is one -------------------------------------------------------- */

TEST(every_kind_of_element)
{
	struct mapping_table table = { 0 };
	const struct mapping *m;

	ASSERT_OK(add_text(&table, whole_line));
	m = mapping_table_find(&table, guid);
	ASSERT_NOT_NULL(m);
	EXPECT_STREQ("Small Pad", m->name);
	EXPECT_MEMEQ(guid, m->guid, sizeof(guid));
	expect_source(&m->buttons[0], MAPPING_BUTTON, 0);
	expect_source(&m->buttons[1], MAPPING_BUTTON, 1);
	expect_source(&m->buttons[2], MAPPING_NOTHING, 0);
	expect_source(&m->axes[0], MAPPING_AXIS, 0);
	EXPECT_FALSE(m->axes[0].inverted);
	expect_source(&m->axes[1], MAPPING_AXIS, 1);
	EXPECT_TRUE(m->axes[1].inverted);
	expect_source(&m->axes[2], MAPPING_NOTHING, 0);
	expect_source(&m->uppers[2], MAPPING_AXIS, 3);
	EXPECT_EQ(MAPPING_UPPER, m->uppers[2].half);
	expect_source(&m->lowers[2], MAPPING_AXIS, 4);
	EXPECT_EQ(MAPPING_LOWER, m->lowers[2].half);
	EXPECT_TRUE(m->lowers[2].inverted);
	expect_source(&m->buttons[12], MAPPING_HAT, 0);
	EXPECT_EQ(1, m->buttons[12].hat);
	expect_source(&m->buttons[6], MAPPING_AXIS, 2);
	EXPECT_EQ(MAPPING_UPPER, m->buttons[6].half);
	mapping_table_free(&table);
}

TEST(every_name_has_its_place)
{
	static const char *const names[MAPPING_BUTTONS] = {
		"a", "b", "x", "y", "leftshoulder", "rightshoulder",
		"lefttrigger", "righttrigger", "back", "start", "leftstick",
		"rightstick", "dpup", "dpdown", "dpleft", "dpright", "guide",
		"touchpad", "misc1", "paddle1", "paddle2", "paddle3", "paddle4",
		"misc2", "misc3", "misc4", "misc5", "misc6",
	};
	static const char *const axes[MAPPING_AXES] = {
		"leftx", "lefty", "rightx", "righty",
	};
	char element[64];

	for (unsigned int i = 0; i < MAPPING_BUTTONS; i++) {
		struct mapping_table table = { 0 };

		snprintf(element, sizeof(element), "%s:b%u", names[i], i + 7);
		expect_source(&read_elements(&table, element)->buttons[i],
			      MAPPING_BUTTON, i + 7);
		mapping_table_free(&table);
	}
	for (unsigned int i = 0; i < MAPPING_AXES; i++) {
		struct mapping_table table = { 0 };

		snprintf(element, sizeof(element), "%s:a%u", axes[i], i + 7);
		expect_source(&read_elements(&table, element)->axes[i],
			      MAPPING_AXIS, i + 7);
		mapping_table_free(&table);
	}
}

TEST(what_is_left_out)
{
	struct mapping_table table = { 0 };

	EXPECT_OK(add_text(&table, ""));
	EXPECT_OK(add_text(&table, "\n\r\n  \t\n"));
	EXPECT_OK(add_text(&table, "# a:b0\n\t# more"));
	EXPECT_OK(add_text(&table, "xinput,X,a:nonsense,platform:Windows,\n"));
	EXPECT_OK(add_text(&table, GUID ",Mac,platform:Mac OS X,"));
	EXPECT_EQ(0, table.count);
	/* Elements of programs that know more, and controls that are not there. */
	EXPECT_OK(add_text(&table, GUID ",Pad,rim:x9,a:,,sdk>=:2,+b:b1,\n"));
	EXPECT_EQ(1, table.count);
	mapping_table_free(&table);
	mapping_table_free(&table);
}

TEST(blanks_and_case_do_not_matter)
{
	struct mapping_table table = { 0 };
	const struct mapping *m;

	EXPECT_OK(add_text(&table, "  030000005E0400008E02000014010000 , A Pad "
				   ", Platform: linux , A : b3 ,LeftX:a5\r\n"));
	m = mapping_table_find(&table, guid);
	ASSERT_NOT_NULL(m);
	EXPECT_STREQ("A Pad", m->name);
	expect_source(&m->buttons[0], MAPPING_BUTTON, 3);
	expect_source(&m->axes[0], MAPPING_AXIS, 5);
	mapping_table_free(&table);
}

/* Nintendo's labels: a is on the right. A pad goes by position. */
TEST(labels_become_positions)
{
	struct mapping_table table = { 0 };
	const struct mapping *m = read_elements(
		&table, "a:b0,b:b1,x:b2,y:b3,"
			"hint:SDL_GAMECONTROLLER_USE_BUTTON_LABELS:=1");

	for (unsigned int i = 0; i < 4; i++)
		expect_source(&m->buttons[i], MAPPING_BUTTON, i ^ 1);
	mapping_table_free(&table);
	m = read_elements(&table, "a:b0,b:b1,x:b2,y:b3,"
			  "hint:!SDL_GAMECONTROLLER_USE_BUTTON_LABELS:=1");
	for (unsigned int i = 0; i < 4; i++)
		expect_source(&m->buttons[i], MAPPING_BUTTON, i);
	mapping_table_free(&table);
}

TEST(largest_numbers)
{
	struct mapping_table table = { 0 };
	const struct mapping *m =
		read_elements(&table, "a:b767,leftx:a63,dpup:h3.8,b:b00000007");

	expect_source(&m->buttons[0], MAPPING_BUTTON, 767);
	expect_source(&m->buttons[1], MAPPING_BUTTON, 7);
	expect_source(&m->axes[0], MAPPING_AXIS, 63);
	expect_source(&m->buttons[12], MAPPING_HAT, 3);
	EXPECT_EQ(8, m->buttons[12].hat);
	mapping_table_free(&table);
}

TEST(long_names_are_cut)
{
	struct mapping_table table = { 0 };
	char line[512];

	snprintf(line, sizeof(line), GUID ",%0200d,a:b0", 0);
	ASSERT_OK(add_text(&table, line));
	EXPECT_EQ(MAPPING_NAME_SIZE - 1, strlen(table.mappings[0].name));
	mapping_table_free(&table);
}

/* ---- which one ---------------------------------------------------------- */

TEST(the_last_of_a_model_counts)
{
	struct mapping_table table = { 0 };

	ASSERT_OK(add_text(&table, GUID ",One,a:b1\n" GUID ",Two,a:b2\n"));
	EXPECT_STREQ("Two", mapping_table_find(&table, guid)->name);
	ASSERT_OK(add_text(&table, GUID ",Three,a:b3"));
	EXPECT_STREQ("Three", mapping_table_find(&table, guid)->name);
	mapping_table_free(&table);
	EXPECT_NULL(mapping_table_find(&table, guid));
}

/* The checksum of the name is no part of it; digits that follow neither. */
TEST(what_a_guid_is)
{
	struct mapping_table table = { 0 };

	ASSERT_OK(add_text(&table, "0300abcd5e0400008e0200001401000012ab,C,"));
	EXPECT_NOT_NULL(mapping_table_find(&table, guid));
	mapping_table_free(&table);
}

static const char *found(const struct mapping_table *table, uint8_t low,
			 uint8_t high)
{
	uint8_t wanted[MAPPING_GUID_SIZE];
	const struct mapping *m;

	memcpy(wanted, guid, sizeof(wanted));
	wanted[12] = low;
	wanted[13] = high;
	m = mapping_table_find(table, wanted);
	return m ? m->name : "none";
}

/* The highest bit of the version is another driver: another order. */
TEST(another_version_will_do)
{
	struct mapping_table table = { 0 };
	uint8_t other[MAPPING_GUID_SIZE];

	ASSERT_OK(add_text(&table,
			   "030000005e0400008e02000014010000,Old,a:b0\n"
			   "030000005e0400008e02000016010000,New,a:b0\n"
			   "030000005e0400008e02000014810000,Driver,a:b0\n"));
	EXPECT_STREQ("Old", found(&table, 0x14, 1));
	EXPECT_STREQ("New", found(&table, 0x16, 1));
	EXPECT_STREQ("New", found(&table, 0x15, 1));
	EXPECT_STREQ("Driver", found(&table, 0x99, 0x80));
	/* Any other difference is another model; a name has no version. */
	for (size_t i = 0; i < sizeof(other); i++) {
		memcpy(other, guid, sizeof(other));
		other[i] ^= 0x40;
		EXPECT_TRUE(i == 12 || i == 13 ?
				    !!mapping_table_find(&table, other) :
				    !mapping_table_find(&table, other));
	}
	mapping_table_free(&table);
	ASSERT_OK(add_text(&table, "050000004d7920506164206e616d6500,N,a:b0"));
	memcpy(other, "\5\0\0\0My Pad name", sizeof(other));
	EXPECT_NOT_NULL(mapping_table_find(&table, other));
	other[12]++;
	EXPECT_NULL(mapping_table_find(&table, other));
	mapping_table_free(&table);
}

/* ---- what is none ------------------------------------------------------- */

FIXTURE(malformed)
{
	struct mapping_table table;
};

FIXTURE_VARIANT(malformed)
{
	const char *line;
	const char *what;
};

FIXTURE_SETUP(malformed)
{
	ASSERT_OK(add_text(&self->table, GUID ",Before,a:b9\n"));
}

FIXTURE_TEARDOWN(malformed)
{
	mapping_table_free(&self->table);
}

#define MALFORMED(id, text, reason)                                          \
	FIXTURE_VARIANT_ADD(malformed, id) { text, reason }

#define WITH(elements)	GUID ",Pad," elements

MALFORMED(guid_short, "030000005e0400008e0200001401000,Pad,a:b0",
	  "the GUID has less than 32 digits");
MALFORMED(guid_missing, ",Pad,a:b0", "the GUID has less than 32 digits");
MALFORMED(guid_letters, "030000005e0400008e0200001401000g,Pad,a:b0",
	  "the GUID is not hexadecimal");
MALFORMED(guid_word, "xinput,Pad,a:b0", "the GUID is not hexadecimal");
MALFORMED(name_missing, GUID, "a mapping is a GUID, a name and elements");
MALFORMED(elements_missing, GUID ",Pad",
	  "a mapping is a GUID, a name and elements");
MALFORMED(no_colon, WITH("a:b0,b"), "an element without a colon");
MALFORMED(letter, WITH("a:c0"), "a control is a button b, an axis a or a hat h");
MALFORMED(number_alone, WITH("a:0"),
	  "a control is a button b, an axis a or a hat h");
MALFORMED(sign_alone, WITH("a:+"), "only axes have halves");
MALFORMED(half_button, WITH("a:+b0"), "only axes have halves");
MALFORMED(half_hat, WITH("a:-h0.1"), "only axes have halves");
MALFORMED(button_number, WITH("a:b"), "a control without its number");
MALFORMED(axis_number, WITH("leftx:a"), "a control without its number");
MALFORMED(hat_number, WITH("dpup:h.1"), "a control without its number");
MALFORMED(minus_number, WITH("a:b-1"), "a control without its number");
MALFORMED(button_large, WITH("a:b768"), "no device has that many controls");
MALFORMED(button_huge, WITH("a:b99999999999999999999"),
	  "no device has that many controls");
MALFORMED(axis_large, WITH("leftx:a64"), "no device has that many controls");
MALFORMED(hat_large, WITH("dpup:h4.1"), "no device has that many controls");
MALFORMED(hat_whole, WITH("dpup:h0"), "a hat without its direction");
MALFORMED(hat_none, WITH("dpup:h0.0"), "the direction of a hat is 1, 2, 4 or 8");
MALFORMED(hat_two, WITH("dpup:h0.3"), "the direction of a hat is 1, 2, 4 or 8");
MALFORMED(hat_beyond, WITH("dpup:h0.16"),
	  "the direction of a hat is 1, 2, 4 or 8");
MALFORMED(hat_cut, WITH("dpup:h0."), "the direction of a hat is 1, 2, 4 or 8");
MALFORMED(more_button, WITH("a:b0x"), "something follows a control");
MALFORMED(inverted_button, WITH("a:b0~"), "something follows a control");
MALFORMED(inverted_twice, WITH("leftx:a0~~"), "something follows a control");
MALFORMED(blank_inside, WITH("a:b0 1"), "something follows a control");

/* Good lines before it are not taken either. */
TEST_F(malformed, is_refused_with_its_line)
{
	struct mapping_error error;
	char text[512];

	snprintf(text, sizeof(text),
		 "# first\n\n" GUID ",New,a:b1\n%s\n" GUID ",Next,a:b2\n",
		 variant->line);
	EXPECT_ERR(EINVAL, add(&self->table, text, strlen(text), &error));
	EXPECT_EQ(4, error.line);
	EXPECT_STREQ(variant->what, error.what ?: "nothing");
	EXPECT_EQ(1, self->table.count);
	EXPECT_STREQ("Before", mapping_table_find(&self->table, guid)->name);
	/* For another platform it is none of our business. */
	snprintf(text, sizeof(text), "%s,,platform:Windows", variant->line);
	EXPECT_OK(add(&self->table, text, strlen(text), &error));
}

TEST(zero_bytes_are_refused)
{
	struct mapping_table table = { 0 };
	struct mapping_error error;

	EXPECT_ERR(EINVAL, add(&table, "#\n# \0", 5, &error));
	EXPECT_EQ(2, error.line);
	EXPECT_STREQ("a zero byte", error.what);
	EXPECT_EQ(0, table.count);
}

/* ---- any bytes ---------------------------------------------------------- */

/* Taken or not, nothing is read beyond the end, and what is taken is in range. */
static void expect_sane(const char *text, size_t size)
{
	struct mapping_table table = { 0 };
	struct mapping_error error;
	int ret = add(&table, text, size, &error);

	ASSERT_TRUE(ret == 0 || ret == -EINVAL);
	EXPECT_TRUE(!ret || (error.line && error.what));
	for (size_t i = 0; i < table.count; i++) {
		const struct mapping *m = &table.mappings[i];

		EXPECT_LT(strnlen(m->name, sizeof(m->name)), sizeof(m->name));
		for (int j = 0; j < MAPPING_BUTTONS; j++)
			EXPECT_LE(m->buttons[j].number, MAPPING_BUTTON_MAX);
	}
	mapping_table_free(&table);
}

TEST(every_byte_changed)
{
	char line[sizeof(whole_line)];

	for (size_t i = 0; i < sizeof(line) - 1; i++)
		for (int byte = 0; byte < 256; byte++) {
			memcpy(line, whole_line, sizeof(line));
			line[i] = (char)byte;
			expect_sane(line, sizeof(line) - 1);
		}
}

TEST(cut_at_every_byte)
{
	for (size_t size = 0; size < sizeof(whole_line); size++)
		expect_sane(whole_line, size);
}

/* ---- sizes -------------------------------------------------------------- */

TEST(a_file_of_a_megabyte)
{
	const size_t line_size = sizeof(whole_line) - 1;
	const size_t lines = (1 << 20) / line_size;
	struct mapping_table table = { 0 };
	struct mapping_error error;
	char *text = malloc(lines * line_size);

	for (size_t i = 0; i < lines; i++)
		memcpy(text + i * line_size, whole_line, line_size);
	EXPECT_OK(mapping_table_add_text(&table, text, lines * line_size,
					 &error));
	EXPECT_EQ(lines, table.count);
	EXPECT_NOT_NULL(mapping_table_find(&table, guid));
	/* One long line without a break. */
	memset(text, 'a', lines * line_size);
	EXPECT_ERR(EINVAL, mapping_table_add_text(&table, text,
						  lines * line_size, &error));
	EXPECT_EQ(lines, table.count);
	free(text);
	mapping_table_free(&table);
}

TEST(too_much)
{
	const size_t size = MAPPING_TEXT_MAX + 1;
	struct mapping_table table = { 0 };
	struct mapping_error error;
	char *text = malloc(size);
	size_t used = 0;

	memset(text, '\n', size);
	EXPECT_OK(mapping_table_add_text(&table, text, size - 1, &error));
	EXPECT_ERR(E2BIG, mapping_table_add_text(&table, text, size, &error));
	EXPECT_EQ(0, error.line);
	EXPECT_STREQ("more text than is taken", error.what);
	for (size_t i = 0; i < MAPPING_COUNT_MAX; i++)
		used += (size_t)sprintf(text + used, GUID ",P,\n");
	EXPECT_OK(mapping_table_add_text(&table, text, used, &error));
	EXPECT_EQ(MAPPING_COUNT_MAX, table.count);
	EXPECT_ERR(E2BIG, add(&table, GUID ",P,", 35, &error));
	EXPECT_EQ(1, error.line);
	EXPECT_STREQ("more mappings than are taken", error.what);
	EXPECT_EQ(MAPPING_COUNT_MAX, table.count);
	free(text);
	mapping_table_free(&table);
}

/* ---- files -------------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	ASSERT_NOT_NULL(file);
	fputs(text, file);
	fclose(file);
}

TEST(from_a_file)
{
	char path[] = "/tmp/sealmem-mappings-XXXXXX";
	struct mapping_table table = { 0 };
	int fd = mkstemp(path);

	ASSERT_SYS(fd);
	close(fd);
	write_file(path, whole_line);
	EXPECT_TRUE(mapping_table_read_file(&table, path));
	EXPECT_EQ(1, table.count);
	write_file(path, GUID ",Pad,a:b0\n" GUID ",Pad,a:x\n");
	EXPECT_FALSE(mapping_table_read_file(&table, path));
	EXPECT_EQ(1, table.count);
	unlink(path);
	EXPECT_FALSE(mapping_table_read_file(&table, path));
	EXPECT_FALSE(mapping_table_read_file(&table, "/"));
	EXPECT_FALSE(mapping_table_read_file(&table, "/dev/zero"));
	EXPECT_EQ(1, table.count);
	mapping_table_free(&table);
}

TH_MAIN
