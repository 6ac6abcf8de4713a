# Completes `inv` and `./inv` with this stack's task names and options.
_unstuck_inv() {
    local words
    # The program that is being typed answers, so each checkout completes its own.
    words=$("${COMP_WORDS[0]}" --complete -- inv "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$2")
}
complete -o default -F _unstuck_inv inv ./inv
