/* SPDX-License-Identifier: MIT */
/* `sealmem features --json`. */
#include <jansson.h>
#include <stdio.h>

#include "tools/json_output.h"

static json_t *feature_object(uint32_t feature, bool there)
{
	const char *name, *purpose;

	if (sealmem_feature_text(feature, &name, &purpose) < 0)
		return NULL;
	return json_pack("{s:s, s:b, s:s}", "name", name, "available", there,
			 "purpose", purpose);
}

bool json_features_print(uint32_t features)
{
	json_t *list = json_array();
	json_t *root = json_pack("{s:s, s:o}", "sealmem", sealmem_version(),
				 "features", list);
	bool printed;

	for (unsigned int i = 0; i < 32; i++) {
		json_t *object = feature_object(1u << i, features >> i & 1);

		if (object)
			json_array_append_new(list, object);
	}
	printed = root && json_dumpf(root, stdout, JSON_COMPACT) == 0 &&
		  putchar('\n') != EOF;
	json_decref(root);
	return printed;
}
