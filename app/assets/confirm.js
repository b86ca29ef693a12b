/* A confirmation's Cancel closes its dialog, whichever page it is on: by the dialog's own close button. */
(function () {
    "use strict";
    document.addEventListener("click", function (event) {
        const cancel = event.target.closest(".confirm-dialog .confirm-cancel");
        if (cancel) { cancel.closest(".modal-content").querySelector(".btn-close").click(); }
    });
})();
