/* SPDX-License-Identifier: Apache-2.0 */
#include "help.h"

#include <string.h>

#include <wherry/wherry.h>

static void print_synopsis(FILE *out, const struct wherry_verb *verb)
{
    fprintf(out, "wherry %s", verb->name);
    for (const struct wherry_option *option = verb->options; option->name != NULL; option++)
        if (option->is_positional)
            fprintf(out, option->is_required ? " %s" : " [%s]", option->argument);
}

void cli_help(FILE *out)
{
    fputs("wherry: data migration that can prove what it did\n\nUsage:\n", out);
    for (const struct wherry_verb *verb = wherry_verbs(); verb->name != NULL; verb++) {
        fputs("  ", out);
        print_synopsis(out, verb);
        /* "wherry status FILE [ITEM]" is the longest synopsis. */
        int used = (int)strlen("wherry ") + (int)strlen(verb->name);
        for (const struct wherry_option *option = verb->options; option->name != NULL; option++)
            if (option->is_positional)
                used += (int)strlen(option->argument) + (option->is_required ? 1 : 3);
        fprintf(out, "%*s%s\n", 26 - used, "", verb->summary);
    }
    fputs("\n  wherry COMMAND --help     options and an example of a command\n"
          "  wherry --version\n"
          "\nEvery command has --json and --no-color. Data goes to stdout, talk to stderr.\n"
          "\nExit codes: 0 all well, 1 finished with items rejected, failed or not found, 2 usage "
          "or\n"
          "migration file wrong, 3 source or destination out of reach, 4 stopped at the failure "
          "limit,\n"
          "5 differences found, 6 interrupted (run again to go on), 70 a bug in wherry.\n"
          "\nExample:\n"
          "  wherry plan shop.yaml\n"
          "  wherry run shop.yaml\n"
          "  wherry log shop.yaml --rejected\n",
          out);
}

static void print_option(FILE *out, const char *name, const char *argument, const char *help)
{
    int used = fprintf(out, "  %s%s%s", name, argument[0] != '\0' ? " " : "", argument);
    fprintf(out, "%*s%s\n", used < 26 ? 26 - used : 2, "", help);
}

static void print_options(FILE *out, const struct wherry_verb *verb)
{
    for (const struct wherry_option *option = verb->options; option->name != NULL; option++) {
        char name[80];
        if (option->is_positional) {
            print_option(out, option->argument, "", option->help);
            continue;
        }
        snprintf(name, sizeof name, "--%s", option->name);
        print_option(out, name, option->argument != NULL ? option->argument : "", option->help);
    }
    print_option(out, "--json", "", "one JSON document, or a line of JSON for each item");
    print_option(out, "--no-color", "", "no colours (as does the variable NO_COLOR)");
    print_option(out, "-h, --help", "", "this");
}

void cli_help_verb(FILE *out, const char *name)
{
    const struct wherry_verb *verb = wherry_verbs();
    while (verb->name != NULL && strcmp(verb->name, name) != 0)
        verb++;
    if (verb->name == NULL)
        return;
    print_synopsis(out, verb);
    fprintf(out, " [options]: %s\n\nOptions:\n", verb->summary);
    print_options(out, verb);
    fputs("\nExample:\n", out);
    for (const char *line = verb->example; *line != '\0';) {
        int len = (int)strcspn(line, "\n");
        fprintf(out, "  %.*s\n", len, line);
        line += len + (line[len] == '\n' ? 1 : 0);
    }
}
