# SPDX-License-Identifier: GPL-3.0-or-later
#
# bash completion for vireo(1); installed as /usr/share/bash-completion/completions/vireo. What may
# follow is vireo's own knowledge: "vireo complete" prints it, one a line, and "/" for files.

_vireo() {
    COMPREPLY=()
    local word words=() first=${COMP_WORDS[0]}
    # Bash cuts words at '=' and ':', which the names of machines and files may have: what is
    # typed is cut anew, at blanks outside of quotes. What can't be cut has an open quote.
    local line=${COMP_LINE:0:COMP_POINT} cut
    cut=$(printf '%s' "$line" | xargs -r printf '%s\n' 2>/dev/null) && [[ -n $cut ]] || return
    mapfile -t words <<<"$cut"
    [[ $line == *[[:space:]] && $line != *\\[[:space:]] ]] && words+=("")
    local typed=${words[-1]}
    # What of the last word stands before the part that bash replaces.
    local kept=
    if [[ $typed == *[:=]* && ${COMP_WORDBREAKS} == *[:=]* ]]; then
        kept=${typed%"${typed##*[:=]}"}
    fi
    while IFS= read -r word; do
        if [[ $word == / ]]; then
            compopt -o filenames
            # A drive's file may have its place in front: "ide0:1=FILE".
            local file place=
            [[ $typed =~ ^(ide|scsi)[0-9]+:[0-9]+= ]] && place=${BASH_REMATCH[0]}
            while IFS= read -r file; do
                file=$place$file
                COMPREPLY+=("${file#"$kept"}")
            done < <(compgen -f -- "${typed#"$place"}")
        else
            printf -v word %q "${word#"$kept"}"
            COMPREPLY+=("$word")
        fi
    done < <("$first" complete "${words[@]:1}" 2>/dev/null)
}
complete -F _vireo vireo
