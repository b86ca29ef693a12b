/* A dialog's Cancel closes it at once, whichever page it is on: by the dialog's own close button.
   Owns: presses on `.confirm-cancel` (layouts/components/confirm.py).
   Ids: none.
   Offers: nothing.
   Needs: nothing. */
(function () {
    "use strict";
    document.addEventListener("click", function (event) {
        const cancel = event.target.closest(".modal .confirm-cancel");
        if (cancel) { cancel.closest(".modal-content").querySelector(".btn-close").click(); }
    });
})();
